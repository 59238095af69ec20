/* A machine of machine_sample.h behind the door of root_door.h: what tests of `bootseal --root` share. */
#ifndef TESTS_ROOT_TREE_H
#define TESTS_ROOT_TREE_H

#include "machine_sample.h"
#include "root_door.h"

/* The program opens the door once, in main(). */
extern struct door door;
extern struct tree tree;
extern char pcrs[80]; /* a file with the PCR values of the tree's machine */

/* Setup and teardown of a test: makes the tree, whose boot paths are sealed, and that file. */
int door_setup(void **state);
int door_teardown(void **state);
#define with_tree(f) cmocka_unit_test_setup_teardown(f, door_setup, door_teardown)

/* The test fails for that command, with its exit code and what it said. */
void door_fails(const char *command, int code);
/* The command must end with that code and say that. */
void expect_said(const char *command, int code, const char *says);
/* The command with --pcrs and that file, until the next call. */
const char *with_pcrs(const char *command);

/* For nobody to read: what a test makes has the modes of the tester's umask. */
void let_read(void);

#endif
