#include "survival.h"

#include "program_steps.h"

unsigned injected, not_survived;

void system_enrolled(struct world *w)
{
	run(w, 0, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	world_keep_boot(w);
}

void bad(const char *fault, const char *what, const struct world *w)
{
	not_survived++;
	print_message("# NOT SURVIVED: %s: %s: %s\n", fault, what, w->output ? w->output : "");
}

void ask(struct world *w, const char *fault, enum announced ret[2])
{
	static const char *const commands[2] = { "bootseal check", "bootseal status" };
	int code;

	for (int i = 0; i < 2; i++) {
		code = program_run(w, NULL, "%s", commands[i]);
		ret[i] = strstr(w->output, "Yes: the next boot will unlock") ? ANNOUNCED_UNLOCKS
			 : strstr(w->output, "No: the next boot will")       ? ANNOUNCED_ASKS
			 : strstr(w->output, "cannot tell") || strstr(w->output, "Unknown: ")
				 ? ANNOUNCED_UNKNOWN
				 : program_announced(w);
		if (ret[i] == ANNOUNCED_NOTHING || (ret[i] == ANNOUNCED_UNLOCKS) != (code == 0) ||
		    (ret[i] == ANNOUNCED_ASKS && code != 5))
			bad(fault, commands[i], w);
	}
}

int survival_run_some(const struct CMUnitTest *tests, size_t n)
{
	const bool all = getenv("FAULT_STEP");
	int r;

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	r = _cmocka_run_group_tests(all ? "all" : "sample", tests, all ? n : 1, world_make_base,
				    world_remove_base);
	printf("# tally faults %u %u\n", injected, not_survived);
	return r;
}
