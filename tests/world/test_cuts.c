/*
 * Power cuts: each command is stopped before every single thing that it writes, then every boot is tried.
 *
 * After each cut:
 *  - the passphrase opens the volume;
 *  - all boots that worked before work with the files as they were, or all boots work with the files as they
 * are now (GRUB reads the files; that both change with one write is beyond anybody's power);
 *  - the command run again, in the boot that goes on or in the one after, finishes the job: every boot works
 * and nothing is left over. And whatever the TPM is told, all that it relies on has been synced to the disk
 * before.
 *
 * CUT_STEP=n tries every n-th cut only, CUT_SHOW=1 shows what is written. The last lines count what was tried
 * and what was lost.
 */
#include "steps.h"

#define CUT_LOG "/run/initramfs/cut.log" /* in the tree */

static struct {
	unsigned tried, lost, asked;
} total;

struct scenario {
	const char *command;
	/* until the command; sets worked_before when the boots up to here work */
	void (*prepare)(struct world *w);
	/* what must be besides; may be NULL */
	bool (*after_cut)(const struct world *w), (*after)(const struct world *w);
	bool removes;                     /* afterwards nothing opens but the passphrase */
	bool torn;                        /* the last write is done by half */
};

static bool worked_before;

static void prepare_enroll(struct world *w)
{
}

static void prepare_without_log(struct world *w)
{
	world_write_option(w, "\\EFI\\BOOT\\BOOTX64.EFI");
	world_shell(w, "mkdir -p sys/class/tpm/tpm0/pcr-sha256");
	world_show_pcrs(w);
}

static void prepare_enroll_again(struct world *w)
{
	enrolled_and_booted(w);
	worked_before = true;
}

static void prepare_two(struct world *w)
{
	world_add_volume(w, "second-volume");
}

static void prepare_late(struct world *w)
{
	world_add_volume(w, "late-volume");
}

static void prepare_late_again(struct world *w)
{
	prepare_late(w);
	prepare_enroll_again(w);
}

static void prepare_two_again(struct world *w)
{
	prepare_two(w);
	prepare_enroll_again(w);
}

static void prepare_two_upgrade(struct world *w)
{
	prepare_two_again(w);
	kernel_installed(w);
}

static void prepare_upgrade(struct world *w)
{
	prepare_enroll_again(w);
	kernel_installed(w);
}

static void prepare_purge(struct world *w)
{
	both_kernels_booted(w);
	worked_before = true;
	world_kernel_unseen(w, "remove", WORLD_OLD);
}

static void prepare_recovery_key(struct world *w)
{
	ok(world_set_recovery_key(w, WORLD_OLD_KEY));
	prepare_enroll_again(w);
}

static bool a_key_opens(const struct world *w)
{
	return world_opens_with(w, WORLD_OLD_KEY) || world_opens_with(w, WORLD_NEW_KEY);
}

static bool only_new_key_opens(const struct world *w)
{
	return !world_opens_with(w, WORLD_OLD_KEY) && world_opens_with(w, WORLD_NEW_KEY);
}

/* The child's exit code, -1 when it was killed. */
static int act(struct world *w, const struct scenario *s, const char *command, unsigned cut)
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

static void lost(const struct scenario *s, unsigned cut, const char *what, const struct world *w)
{
	total.lost++;
	print_message("# LOST: %s%s cut at %u: %s: %s\n", s->command, s->torn ? ", torn," : "", cut, what,
		      w->output ? w->output : "");
}

static bool nothing_left(struct world *w, const struct scenario *s)
{
	size_t keyslots = world_keyslots(w), wanted = strcmp(s->command, "recovery-key") == 0 ? 3 : 2;

	if (world_has_litter(w))
		return false;
	if (s->removes)
		return keyslots == 1 && !world_has(w, "/var/lib/bootseal/authority.pem") &&
		       !world_has(w, "/var/lib/bootseal/state.json") && !world_has(w, "/etc/bootseal/anchor");
	return keyslots == wanted;
}

static void finish(struct world *w, const struct scenario *s, unsigned cut, const char *when, bool may_ask)
{
	if (act(w, s, s->command, 0) != 0) {
		/* after the passphrase new files are the administrator's to accept (doc/design.md, 8) */
		const char *accept = NULL;

		if (strcmp(s->command, "reseal") == 0)
			accept = "accept";
		else if (strcmp(s->command, "enroll") == 0 && worked_before)
			accept = "enroll-accept";

		if (!may_ask || !accept || act(w, s, accept, 0) != 0)
			return lost(s, cut, when, w);
		total.asked++;
	}
	if (s->after && !s->after(w))
		lost(s, cut, "the key is not as it should be after the second try", w);
	if (!nothing_left(w, s))
		lost(s, cut, "something is left over", w);
	if (s->removes ? world_boot_only(w, NULL) != WORLD_NOT_ENROLLED : !world_all_open(w))
		lost(s, cut, "it does not boot after the second try", w);
}

static void check_cut(struct world *w, const struct scenario *s, unsigned cut)
{
	int code;

	total.tried++;
	world_save(w, "cut");
	if (!world_passphrase_works(w))
		lost(s, cut, "the passphrase does not open the volume", w);
	if (s->after_cut && !s->after_cut(w))
		lost(s, cut, "neither the old nor the new key opens the volume", w);
	if (worked_before && !s->removes) {
		if (!world_all_open(w) && !world_all_open_as_kept(w))
			lost(s, cut, "it boots neither as before nor as now", w);
	}
	code = world_boot(w, NULL);
	/* without the token it says so, and the passphrase is still asked for */
	if (code != WORLD_OPENED && code != WORLD_ASKS && code != WORLD_NOT_ENROLLED &&
	    !(s->removes && code == WORLD_TOKEN_GONE))
		lost(s, cut, "the boot between does not just ask", w);
	finish(w, s, cut, "the command does not finish after a power cut", code != WORLD_OPENED);
	world_restore(w, "cut");
	finish(w, s, cut, "the command does not finish when it is run again", false);
}

/* Of the run that was not cut. Returns the number of its writes. */
static unsigned check_order(struct world *w, const struct scenario *s)
{
	char *log = world_read(w, CUT_LOG, NULL), *last;
	char *line = strstr(log, "UNSYNCED");
	unsigned writes;

	if (line) {
		total.lost++;
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

static unsigned run_scenario(const struct scenario *s)
{
	struct world world, *w = &world;
	unsigned writes;
	int code;

	worked_before = false;
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

/*
 * The power goes while update-initramfs runs: before each initrd is in place, and after the last. These are
 * few; only the shortest sample leaves some out.
 */
static void run_initrd_cuts(const struct scenario *s)
{
	unsigned every = step() < 100 ? 1 : step();
	struct world world, *w = &world;
	int code;

	worked_before = false;
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

static void check(const struct scenario *s)
{
	unsigned before = total.lost, tried = total.tried, writes;

	writes = run_scenario(s);
	print_message("# %s%s: %u writes, cut at %u of them, %u lost\n", s->command, s->torn ? ", torn" : "",
		      writes, total.tried - tried, total.lost - before);
	assert_int_equal(total.lost, before);
}

static void enroll(void **state)
{
	check(&(struct scenario){ .command = "enroll", .prepare = prepare_enroll });
	check(&(struct scenario){ .command = "enroll", .prepare = prepare_enroll, .torn = true });
}

/* What is chosen there is on the disk before the first initrd is rebuilt. */
static void without_log(void **state)
{
	check(&(struct scenario){ .command = "enroll-without-log", .prepare = prepare_without_log });
}

static void enroll_again(void **state)
{
	check(&(struct scenario){ .command = "enroll", .prepare = prepare_enroll_again });
}

static void upgrade(void **state)
{
	check(&(struct scenario){ .command = "reseal", .prepare = prepare_upgrade });
	check(&(struct scenario){ .command = "reseal", .prepare = prepare_upgrade, .torn = true });
}

static void purge(void **state)
{
	check(&(struct scenario){ .command = "reseal", .prepare = prepare_purge });
}

static void recovery_key(void **state)
{
	check(&(struct scenario){ .command = "recovery-key",
				  .prepare = prepare_recovery_key,
				  .after_cut = a_key_opens,
				  .after = only_new_key_opens });
	check(&(struct scenario){ .command = "recovery-key",
				  .prepare = prepare_recovery_key,
				  .after_cut = a_key_opens,
				  .after = only_new_key_opens,
				  .torn = true });
}

static void take_away(void **state)
{
	check(&(struct scenario){ .command = "remove", .prepare = prepare_enroll_again, .removes = true });
	check(&(struct scenario){
		.command = "remove", .prepare = prepare_enroll_again, .removes = true, .torn = true });
}

static void two_volumes(void **state)
{
	check(&(struct scenario){ .command = "enroll", .prepare = prepare_two });
	check(&(struct scenario){ .command = "reseal", .prepare = prepare_two_upgrade });
	check(&(struct scenario){ .command = "remove", .prepare = prepare_two_again, .removes = true });
}

/* One that the running system opens; a reseal writes nothing for it. */
static void late_volume(void **state)
{
	check(&(struct scenario){ .command = "enroll", .prepare = prepare_late });
	check(&(struct scenario){ .command = "remove", .prepare = prepare_late_again, .removes = true });
}

static void initrds(void **state)
{
	unsigned before = total.lost;

	run_initrd_cuts(&(struct scenario){ .command = "enroll", .prepare = prepare_enroll });
	run_initrd_cuts(&(struct scenario){ .command = "enroll", .prepare = prepare_enroll_again });
	run_initrd_cuts(
		&(struct scenario){ .command = "remove", .prepare = prepare_enroll_again, .removes = true });
	assert_int_equal(total.lost, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enroll),
		cmocka_unit_test(without_log),
		cmocka_unit_test(enroll_again),
		cmocka_unit_test(upgrade),
		cmocka_unit_test(purge),
		cmocka_unit_test(recovery_key),
		cmocka_unit_test(take_away),
		cmocka_unit_test(two_volumes),
		cmocka_unit_test(late_volume),
		cmocka_unit_test(initrds),
	};
	int r;

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	r = cmocka_run_group_tests(tests, world_make_base, world_remove_base);
	printf("# %u times new files were left to --accept-current\n", total.asked);
	printf("# tally cut-points %u %u\n", total.tried, total.lost);
	return r;
}
