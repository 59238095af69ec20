/*
 * What the environment asks of tpm2-tss is not done: its trace has the unsealed key in it, and the TPM is the
 * one that was named, or the machine's.
 */
#include "program.h"
#include "steps.h"

#define TRACE "TSS2_LOG=all+trace TSS2_LOGFILE=/trace "
#define OTHER_TPM                                                                                         \
	"TCTI=swtpm:path=/tpm/tpm TSS2_TCTI=swtpm:path=/tpm/tpm TPM2TOOLS_TCTI=swtpm:path=/tpm/tpm "       \
	"TPM2_TCTI=swtpm:path=/tpm/tpm "
#define UNLOCK "/usr/lib/bootseal/bootseal-unlock "

static int setup(void **state)
{
	int r = world_setup(state);

	program_install(*state);
	return r;
}

static void untraced(const struct world *w, const char *what)
{
	if (strcasestr(w->output, "trace:") || strcasestr(w->output, "debug:") || world_has(w, "/trace"))
		fail_msg("%s is traced: %s", what, w->output);
}

static void run(struct world *w, int expected, const char *env, const char *command)
{
	int code = program_run(w, env, "%s", command);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
	untraced(w, command);
}

static void no_trace(void **state)
{
	struct world *w = *state;

	run(w, 0, TRACE, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 0, TRACE, "bootseal status");
	run(w, 0, TRACE, "bootseal reseal");
	/* the unlock program, which unseals */
	setenv("TSS2_LOG", "all+trace", 1);
	setenv("TSS2_LOGFILE", world_path(w, "/trace"), 1);
	boots(w, NULL, WORLD_OPENED);
	unsetenv("TSS2_LOG");
	unsetenv("TSS2_LOGFILE");
	untraced(w, "bootseal-unlock");
}

static void no_other_tpm(void **state)
{
	struct world *w = *state;

	run(w, 0, NULL, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 4, OTHER_TPM, "/usr/lib/bootseal/bootseal check");
	run(w, 4, OTHER_TPM, UNLOCK "close --run-dir /run/test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_trace, setup, world_teardown),
		cmocka_unit_test_setup_teardown(no_other_tpm, setup, world_teardown),
	};

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
