#include "cuts.h"

#include "machine/transaction.h"
#include "steps.h"

#define CUT_LOG "/run/initramfs/cut.log" /* in the tree */

struct cut_tally cuts;
bool cuts_worked_before;

/* The child's exit code, -1 when it was killed. */
static int act(struct world *w, const struct cut *s, const char *command, unsigned cut)
{
	char at[16], root[PATH_MAX], log[PATH_MAX];
	int status, out;
	pid_t pid;

	snprintf(at, sizeof(at), "%u", cut);
	snprintf(root, sizeof(root), "%s", w->machine.root);
	snprintf(log, sizeof(log), "%s", world_path(w, CUT_LOG));
	unlink(log);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("CUT_AT", at, 1);
		setenv("CUT_LOG", log, 1);
		if (s->torn)
			setenv("CUT_TORN", "1", 1);
		if (cut)
			setenv("LD_PRELOAD", "build/tests/world/cut.so", 1);
		out = open(world_path(w, "/run/initramfs/output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(out, 2);
		execl("build/tests/world/run", "run", root, w->swtpm.tcti, command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(w->output);
	w->output = world_read(w, "/run/initramfs/output", NULL);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return -1;
	}
	return WEXITSTATUS(status);
}

static void lost(const struct cut *s, unsigned cut, const char *what, const struct world *w)
{
	cuts.lost++;
	print_message("# LOST: %s%s cut at %u: %s: %s\n", s->command, s->torn ? ", torn," : "", cut, what,
		      w->output ? w->output : "");
}

static bool nothing_left(struct world *w, const struct cut *s)
{
	size_t keyslots = world_keyslots(w), wanted = strcmp(s->command, "recovery-key") == 0 ? 3 : 2;

	if (world_has_litter(w))
		return false;
	if (s->removes)
		return keyslots == 1 && !world_has(w, "/var/lib/bootseal/authority.pem") &&
		       !world_has(w, "/var/lib/bootseal/state.json") && !world_has(w, "/etc/bootseal/anchor");
	return keyslots == wanted;
}

static void finish(struct world *w, const struct cut *s, unsigned cut, const char *when, bool may_ask)
{
	if (act(w, s, s->command, 0) != 0) {
		/* after the passphrase new files are the administrator's to accept (doc/design.md, 8) */
		char accept[64] = "";

		if (strcmp(s->command, "reseal") == 0)
			strcpy(accept, "accept");
		else if (strncmp(s->command, "enroll", 6) == 0 && cuts_worked_before)
			snprintf(accept, sizeof(accept), "%s-accept", s->command);
		if (!may_ask || !*accept || act(w, s, accept, 0) != 0)
			return lost(s, cut, when, w);
		cuts.asked++;
	}
	if (s->after && !s->after(w))
		lost(s, cut, "the key is not as it should be after the second try", w);
	if (!nothing_left(w, s))
		lost(s, cut, "something is left over", w);
	if (s->removes ? world_boot_only(w, NULL) != WORLD_NOT_ENROLLED : !world_all_open(w))
		lost(s, cut, "it does not boot after the second try", w);
}

static bool pins_differ(struct world *w)
{
	struct error err = ERROR_NONE;
	struct enrolled e = { .n = 0 };
	bool differ;

	if (enrolled_open(&w->machine, &err, &e) < 0)
		return false;
	differ = enrolled_pins_differ(&e);
	enrolled_close(&e);
	return differ;
}

static void check_cut(struct world *w, const struct cut *s, unsigned cut)
{
	const bool split = s->splits && pins_differ(w);
	int code;

	cuts.tried++;
	world_save(w, "cut");
	if (!world_passphrase_works(w))
		lost(s, cut, "the passphrase does not open the volume", w);
	if (s->after_cut && !s->after_cut(w))
		lost(s, cut, "neither the old nor the new key opens the volume", w);
	cuts.split += split;
	if (cuts_worked_before && !s->removes && !split) {
		if (!world_all_open(w) && !world_all_open_as_kept(w))
			lost(s, cut, "it boots neither as before nor as now", w);
	}
	code = world_boot(w, NULL);
	/* without the token it says so, and the passphrase is still asked for */
	if (!split && code != WORLD_OPENED && code != WORLD_ASKS && code != WORLD_NOT_ENROLLED &&
	    !(s->removes && code == WORLD_TOKEN_GONE))
		lost(s, cut, "the boot between does not just ask", w);
	finish(w, s, cut, "the command does not finish after a power cut", code != WORLD_OPENED);
	world_restore(w, "cut");
	finish(w, s, cut, "the command does not finish when it is run again", false);
}

/* Of the run that was not cut. Returns the number of its writes. */
static unsigned check_order(struct world *w, const struct cut *s)
{
	char *log = world_read(w, CUT_LOG, NULL), *last;
	char *line = strstr(log, "UNSYNCED");
	unsigned writes;

	if (line) {
		cuts.lost++;
		print_message("# LOST: %s: not on the disk in time: %.*s\n", s->command,
			      (int)strcspn(line, "\n"), line);
	}
	assert_non_null(strstr(log, "fsync"));
	log[strlen(log) - 1] = '\0';
	last = strrchr(log, '\n');
	assert_non_null(last);
	writes = strtoul(last + 1, NULL, 10);
	if (getenv("CUT_SHOW"))
		print_message("%s\n", log);
	free(log);
	return writes;
}

static unsigned step(void)
{
	const char *value = getenv("CUT_STEP");

	return value ? strtoul(value, NULL, 10) : 100;
}

static unsigned run_scenario(const struct cut *s)
{
	struct world world, *w = &world;
	unsigned writes;
	int code;

	cuts_worked_before = false;
	world_new(w);
	s->prepare(w);
	world_save(w, "start");
	for (unsigned cut = 1;; cut += step()) {
		world_restore(w, "start");
		code = act(w, s, s->command, cut);
		if (code > 0)
			fail_msg("%s: %s", s->command, w->output);
		if (code == 0)
			break;
		check_cut(w, s, cut);
	}
	writes = check_order(w, s);
	world_free(w);
	return writes;
}

void cuts_check_initrds(const struct cut *s)
{
	unsigned every = step() < 100 ? 1 : step();
	struct world world, *w = &world;
	int code;

	cuts_worked_before = false;
	world_new(w);
	s->prepare(w);
	world_save(w, "start");
	for (unsigned cut = 0;; cut += every) {
		world_restore(w, "start");
		world_shell(w, "echo %u >power-cut", cut);
		code = act(w, s, s->command, 0);
		if (code == 0)
			break;
		assert_int_equal(code, -1);
		check_cut(w, s, cut);
	}
	world_free(w);
}

void cuts_check(const struct cut *s)
{
	unsigned before = cuts.lost, tried = cuts.tried, writes;

	writes = run_scenario(s);
	print_message("# %s%s: %u writes, cut at %u of them, %u lost\n", s->command, s->torn ? ", torn" : "",
		      writes, cuts.tried - tried, cuts.lost - before);
	assert_int_equal(cuts.lost, before);
}
