/*
 * Other people's data, which are not in this tree: in ../shared, or in BOOTSEAL_SHARED. What needs them
 * stands beside a test with data of our own making.
 */
#ifndef TESTS_SHARED_H
#define TESTS_SHARED_H

/* Good until the fourth next call. */
const char *shared_path(const char *name);

/* Skips this test, and says why, where that is not there: tests/run counts what was skipped. */
void shared_needed(const char *name);

/* A test, in place of all that would need the folder that its initial state names. */
void shared_is_missing(void **state);

#endif
