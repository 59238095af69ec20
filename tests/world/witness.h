/* Holds what an action said and came to against a line of its story. */
#ifndef TESTS_WITNESS_H
#define TESTS_WITNESS_H

#include "story.h"

/* code: the exit code; a boot's is that of bootseal-unlock */
void witness_look(const struct story_line *l, const char *said, int code, struct story_finding *f);
/* The word of a story for how a boot ended. */
const char *witness_ending(int code);

#endif
