/* What tests of the installed programs do at every turn; included once by a test program. */
#ifndef TESTS_PROGRAM_STEPS_H
#define TESTS_PROGRAM_STEPS_H

#include "program.h"
#include "steps.h"

/* Setup of a test that has a world with bootseal installed as its state. */
static inline int program_setup(void **state)
{
	int r = world_setup(state);

	program_install(*state);
	return r;
}

#define program_test(f) cmocka_unit_test_setup_teardown(f, program_setup, world_teardown)

/* The command must end with that exit code. */
static inline void run(struct world *w, int expected, const char *command)
{
	int code = program_run(w, NULL, "%s", command);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
}

/* The same, and it must say that. */
static inline void run_says(struct world *w, int expected, const char *command, const char *words)
{
	run(w, expected, command);
	if (!w->output || !strstr(w->output, words))
		fail_msg("%s: not \"%s\": %s", command, words, w->output ? w->output : "");
}

#endif
