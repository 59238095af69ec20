/* Plays a story on a fake machine in which the programs are installed (program_install). */
#ifndef TESTS_PLAYER_H
#define TESTS_PLAYER_H

#include "program.h"
#include "story.h"

/*
 * Ends at the first line that does not hold, with a finding, and returns false. show: prints each line and
 * what was said, and goes on to the story's end. What cannot be done at all fails the running test;
 * player_line() says where that was.
 */
bool player_play(struct world *w, const struct story *s, bool show, struct story_finding *ret);
/* The line that is being played, 0 when none is. */
unsigned int player_line(void);

#endif
