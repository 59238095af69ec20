/* act ROOT TCTI enroll|reseal|accept|remove|recovery-key: one command on the fake machine, in a process that may be killed. Exit code 0 or 1. */
#include "world.h"

static int act(struct world *w, const char *what)
{
	const struct reseal_options accept = { .accept_current = true };
	struct remove_report removed;

	if (strcmp(what, "enroll") == 0)
		return world_enroll(w);
	if (strcmp(what, "reseal") == 0)
		return world_reseal(w);
	if (strcmp(what, "accept") == 0)
		return world_reseal_with(w, &accept);
	if (strcmp(what, "remove") == 0)
		return world_remove(w, &removed);
	if (strcmp(what, "recovery-key") == 0)
		return world_set_recovery_key(w, WORLD_NEW_KEY);
	return error_set(&w->err, -EINVAL, "%s: no such command", what);
}

int main(int argc, char **argv)
{
	struct world w = { .report = RESEAL_REPORT_NONE };
	int r;

	if (argc != 4)
		return 2;
	snprintf(w.swtpm.tcti, sizeof(w.swtpm.tcti), "%s", argv[2]);
	r = machine_init(argv[1], &w.err, &w.machine);
	if (r == 0)
		r = act(&w, argv[3]);
	if (r < 0)
		fprintf(stderr, "%s: %d: %s\n", argv[3], r, w.err.text);
	reseal_report_free(&w.report);
	return r < 0;
}
