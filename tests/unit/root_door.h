/* bootseal --root as another user would call it: the program, what it says, and what it must not do. */
#ifndef TESTS_ROOT_DOOR_H
#define TESTS_ROOT_DOOR_H

#include <stdbool.h>

#include "base/buffer.h"
#include "tree.h"

struct door {
	int program;       /* open descriptor of bootseal */
	bool as_root;      /* not as nobody: it could write anything */
	struct buffer said; /* on both outputs, by the last run */
};

/* argv0: of the test program; bootseal is built beside the folder of the tests. */
void door_open(struct door *d, const char *argv0);
void door_close(struct door *d);

/*
 * Runs "bootseal COMMAND", of words parted by blanks, with "--root DIR" after it (DIR NULL: without). Returns
 * its exit code; 1000 and the signal that ended it. Half a minute is the longest that it may take.
 */
int door_run(struct door *d, const char *dir, const char *command);
bool door_said(const struct door *d, const char *text);

/* All names, kinds, modes, sizes, links and times of change below a directory, as text. */
void door_state(const char *dir, struct buffer *ret);

/* Records that the boot paths of the tree as they are now are sealed. */
void door_seal(const struct tree *t);

/* Writes the values to which the tree's event log replays as a file of that path. */
void door_write_pcrs(const struct tree *t, const char *path);

#endif
