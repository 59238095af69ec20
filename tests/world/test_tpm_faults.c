/*
 * Faults of ../swtpm/fault.h at every TPM command of the tool's operations, through a layer between the tool
 * and its TPM.
 *
 * What must be, whatever went wrong:
 *  - the command comes to its end, well or with words that name what failed, and leaves nothing loaded in the
 * TPM;
 *  - the passphrase opens the volume, and all boots that worked before work with the files as they were, or
 * all boots work with the files as they are now;
 *  - what only asks for patience is not noticed;
 *  - when the fault is gone the command, run again in the same boot or in the next, finishes the job: every
 * boot works.
 *
 * FAULTS=all tries all; otherwise a sample. TEST=name runs one test, FAULT=name one fault.
 */
#include "steps.h"

#include <poll.h>
#include <sys/syscall.h>

#include "../swtpm/layer.h"
#include "../swtpm/shards.h"

#define TIME_MAX_MS 100000
#define CODE_HUNG (-1)
#define CODE_KILLED (-2)

enum { ENROLL, ENROLL_AGAIN, UPGRADE, PURGE, REMOVE, CHECK, CALIBRATE, TESTS };
static const char *const test_names[TESTS + 1] = {
	[ENROLL] = "enroll",
	[ENROLL_AGAIN] = "enroll again",
	[UPGRADE] = "reseal after an upgrade",
	[PURGE] = "reseal after a purge",
	[REMOVE] = "remove",
	[CHECK] = "check",
	[CALIBRATE] = "calibrate",
	[TESTS] = NULL,
};

struct scenario {
	int test;
	const char *command;
	void (*prepare)(struct world *w);
	bool worked; /* boots worked before */
	bool only_reads;
	bool changes; /* there is something to do */
	bool removes;
	const char *says;           /* when all is well */
	const char *says_if_fooled; /* with a changed bit, also this; may be NULL */
};

struct bench {
	struct world w;
	struct layer l;
	const struct scenario *s;
	const struct fault *fault;
	enum fault_how how;
	unsigned int at;
	int code;
	bool dirty; /* the world is not what it was at the start */
};

static void prepare_enroll(struct world *w)
{
}

static void prepare_upgrade(struct world *w)
{
	enrolled_and_booted(w);
	kernel_installed(w);
}

static void prepare_purge(struct world *w)
{
	both_kernels_booted(w);
	world_kernel_unseen(w, "remove", WORLD_OLD);
}

static void act(struct bench *b, const char *tcti, const char *command)
{
	struct world *w = &b->w;
	char root[PATH_MAX], program[PATH_MAX] = "";
	struct pollfd p = { .events = POLLIN };
	int status, out;
	pid_t pid;

	snprintf(root, sizeof(root), "%s", w->machine.root);
	/* of the same build: one with sanitizers, perhaps */
	assert_in_range(readlink("/proc/self/exe", program, sizeof(program) - 8), 1, sizeof(program) - 8);
	strcpy(strrchr(program, '/'), "/run");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		out = open(world_path(w, "/run/initramfs/output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(out, 1);
		dup2(out, 2);
		execl(program, "run", root, tcti, command, (char *)NULL);
		_exit(127);
	}
	p.fd = syscall(SYS_pidfd_open, pid, 0);
	assert_true(p.fd >= 0);
	if (poll(&p, 1, TIME_MAX_MS) == 0)
		kill(pid, SIGABRT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(p.fd);
	b->code = WIFEXITED(status)             ? WEXITSTATUS(status)
		  : WTERMSIG(status) == SIGABRT ? CODE_HUNG
						: CODE_KILLED;
	free(w->output);
	w->output = world_read(w, "/run/initramfs/output", NULL);
}

/* Did a command of these go out? EvictControl, NV_UndefineSpace, NV_DefineSpace, NV_Write */
static bool touched_tpm(const struct layer_shared *s)
{
	for (unsigned int i = 0; i < s->count && i < LAYER_COMMANDS; i++)
		if (s->code[i] == TPM2_CC_EvictControl || s->code[i] == TPM2_CC_NV_UndefineSpace ||
		    s->code[i] == TPM2_CC_NV_DefineSpace || s->code[i] == TPM2_CC_NV_Write)
			return true;
	return false;
}

/* All that a boot or the next run depends on; that a failure was recorded does not count. */
static bool touched_files(const struct world *w)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "cd %s && cmp -s -n 32768 root/dev/vda3 start/root/dev/vda3 && diff -r root/boot "
		 "start/root/boot >/dev/null && diff -r root/etc start/root/etc >/dev/null && diff -r -x "
		 "state.json -x lock root/var/lib/bootseal start/root/var/lib/bootseal >/dev/null 2>&1",
		 w->dir);
	return system(command) != 0;
}

/* One changed bit can make the policy index another one, or a PCR: then it says no where it could say yes. */
static bool is_fooled(const struct bench *b)
{
	const char *word = b->s->says_if_fooled;

	return b->fault->kind == FAULT_FLIP && word && strstr(b->w.output, word);
}

static const char *judge_end(struct bench *b)
{
	const char *said = b->w.output;
	char code[16];

	if (b->code == CODE_HUNG)
		return "does not come to an end";
	if (b->code == CODE_KILLED)
		return "died by a signal";
	if (strstr(said, "Sanitizer") || strstr(said, "runtime error: "))
		return "a sanitizer found something";
	if (b->code != 0 && b->code != 1)
		return "an exit code that is none";
	if (b->code == 0)
		return b->s->says && !strstr(said, b->s->says) && !is_fooled(b) ? "says something else"
									       : NULL;
	if (b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have done";
	snprintf(code, sizeof(code), "(0x%03x)", b->fault->code);
	if (b->fault->kind == FAULT_CODE && !(b->fault->code >> 12) && strstr(said, code))
		return NULL;
	return strstr(said, "TPM") || strstr(said, "cannot open") || strstr(said, "PCR") ||
			       strstr(said, "policy index")
		       ? NULL
		       : "does not say what failed";
}

static const char *judge_left(const struct bench *b)
{
	const struct swtpm *s = &b->w.swtpm;

	if (b->how == HOW_ON || b->fault->kind == FAULT_GONE ||
	    (b->how == HOW_SAME &&
	     (fault_waits(b->fault, b->how) || b->l.shared->same == TPM2_CC_FlushContext)))
		return NULL;
	return swtpm_handles(s, 0x80) || swtpm_handles(s, 0x02) || swtpm_handles(s, 0x03)
		       ? "something is left in the TPM"
		       : NULL;
}

/* Before anything is repaired: every way in still works. */
static const char *judge_boots(struct bench *b)
{
	struct world *w = &b->w;
	int code;

	if (b->s->worked && !b->s->removes)
		return world_all_open(w) || world_all_open_as_kept(w)
			       ? NULL
			       : "it boots neither as before nor as now";
	code = world_boot_only(w, NULL);
	return code == WORLD_OPENED || code == WORLD_ASKS || code == WORLD_NOT_ENROLLED ||
			       (b->s->removes && code == WORLD_TOKEN_GONE)
		       ? NULL
		       : "the boot does not just ask";
}

/* Again, with a TPM that works. */
static const char *judge_again(struct bench *b, bool in_next_boot)
{
	struct world *w = &b->w;
	bool asked = false;

	if (in_next_boot)
		asked = world_boot(w, NULL) != WORLD_OPENED;
	if (!b->s->removes || b->code != 0 || world_has(w, "/var/lib/bootseal/state.json")) {
		act(b, w->swtpm.tcti, b->s->command);
		/* after the passphrase new files are the administrator's to accept (doc/design.md, 8) */
		if (b->code != 0 && asked)
			act(b, w->swtpm.tcti, "accept");
		if (b->code != 0)
			return "does not finish when it is run again";
	}
	if (!world_passphrase_works(w))
		return "the passphrase does not open the volume any more";
	if (world_keyslots(w) != (b->s->removes ? 1 : 2))
		return "a keyslot is left over";
	if (b->s->removes)
		return world_boot_only(w, NULL) == WORLD_NOT_ENROLLED ? NULL
								      : "something of ours is still booted";
	return world_all_open(w) ? NULL : "it does not boot after the second try";
}

static const char *judge(struct bench *b)
{
	const char *bad = judge_end(b);
	bool in_next_boot = b->at % 2;

	if (!bad)
		bad = judge_left(b);
	if (bad)
		return bad;
	b->dirty = touched_tpm(b->l.shared) || touched_files(&b->w);
	if (b->s->only_reads && b->dirty)
		return "it has written something";
	/* what is as it was at the start works as it did there */
	if (!b->dirty)
		return b->code == 0 && b->s->changes ? "says that all is done, and has done nothing" : NULL;
	if (!world_passphrase_works(&b->w))
		return "the passphrase does not open the volume";
	if (b->s->removes && b->code == 0 && swtpm_handles(&b->w.swtpm, 0x01) &&
	    !strstr(b->w.output, "index is left"))
		return "does not say that the index is left";
	/* in the boot that goes on, or with all that a reboot does in between */
	if (in_next_boot)
		bad = judge_boots(b);
	return bad ? bad : judge_again(b, in_next_boot);
}

static void try_one(struct bench *b)
{
	char sent[512], said[600];
	const char *bad;
	int code;

	if (b->dirty) {
		world_restore(&b->w, "start");
	} else {
		swtpm_reboot(&b->w.swtpm);
		world_measure_again(&b->w);
	}
	b->dirty = true;
	layer_plan(&b->l, b->fault, b->how, b->at);
	act(b, b->l.device, b->s->command);
	layer_list(&b->l, sizeof(sent), sent);
	snprintf(said, sizeof(said), "%s", b->w.output);
	code = b->code;
	if (b->fault->kind == FAULT_GONE)
		layer_again(&b->l);
	b->l.shared->fault.kind = FAULT_NONE;
	bad = judge(b);
	shard_count(b->s->test, bad != NULL);
	if (bad)
		print_message("# NOT SURVIVED: %s: \"%s\" %s, command %u: %s; exit code %d; it sent%s and "
			      "said: %s; at last: %s\n",
			      test_names[b->s->test], b->fault->name, fault_how_name[b->how], b->at, bad,
			      code, sent, said, b->w.output);
}

/*
 * One of each way in which the code under test can be hit: the unlock program gets them all
 * (../swtpm/test_faults.c).
 */
static bool is_wanted(const struct fault *f, enum fault_how how)
{
	static const char *const once[] = {
		"RC_RETRY",
		"RC_NV_RATE",
		"RC_PCR_CHANGED",
		"RC_LOCKOUT",
		"RC_OBJECT_MEMORY",
		"RC_SESSION_MEMORY",
		"RC_COMMAND_CODE",
		"RC_FAILURE",
		"RC_NV_SPACE",
		"RC_AUTH_FAIL",
		"RC_FAILURE after",
		"PCR 10 extended",
		"closed",
		"closed when done",
		"gone",
		"empty",
		"cut in half",
		"garbage",
		"random",
		"a bit flipped",
		"answer before",
		"answer replayed",
		NULL,
	};
	static const char *const same[] = { "RC_COMMAND_CODE", "RC_NV_SPACE", "closed when done", "garbage",
					    NULL };
	static const char *const on[] = { "RC_FAILURE", "closed", "silent", NULL };
	const char *const *list = how == HOW_ONCE ? once : how == HOW_SAME ? same : on;
	const char *name = getenv("FAULT");

	if (name)
		return strcmp(name, f->name) == 0;
	while (*list && strcmp(*list, f->name) != 0)
		list++;
	return *list != NULL;
}

static void try_all(struct bench *b)
{
	unsigned int commands, number = 0;

	layer_pass(&b->l);
	b->l.shared->keep = true;
	act(b, b->l.device, b->s->command);
	assert_int_equal(b->code, 0);
	b->dirty = true;
	commands = b->l.shared->count;
	assert_in_range(commands, 1, LAYER_COMMANDS);
	for (b->at = 0; b->at < commands; b->at++)
		for (b->how = 0; b->how < HOWS; b->how++)
			for (b->fault = faults; b->fault < faults + FAULT_COUNT; b->fault++)
				if (is_wanted(b->fault, b->how) &&
				    (shard_all || !fault_waits(b->fault, b->how)) &&
				    shard_mine(b->s->test, number++, 61))
					try_one(b);
}

static void try_scenario(const struct scenario *s)
{
	unsigned int before = shard_lost[s->test];
	struct bench b = { .s = s };

	world_new(&b.w);
	s->prepare(&b.w);
	world_save(&b.w, "start");
	layer_start(&b.l, &b.w.swtpm, b.w.dir);
	try_all(&b);
	layer_stop(&b.l);
	world_free(&b.w);
	assert_int_equal(shard_lost[s->test], before);
}

static void enroll(void **state)
{
	try_scenario(&(struct scenario){
		.test = ENROLL, .command = "enroll", .prepare = prepare_enroll, .changes = true });
}

static void enroll_again(void **state)
{
	try_scenario(&(struct scenario){
		.test = ENROLL_AGAIN, .command = "enroll", .prepare = enrolled_and_booted, .worked = true });
}

static void upgrade(void **state)
{
	try_scenario(&(struct scenario){ .test = UPGRADE,
					 .command = "reseal",
					 .prepare = prepare_upgrade,
					 .worked = true,
					 .changes = true });
}

static void purge(void **state)
{
	try_scenario(&(struct scenario){ .test = PURGE,
					 .command = "reseal",
					 .prepare = prepare_purge,
					 .worked = true,
					 .changes = true });
}

static void take_away(void **state)
{
	try_scenario(&(struct scenario){ .test = REMOVE,
					 .command = "remove",
					 .prepare = enrolled_and_booted,
					 .worked = true,
					 .removes = true,
					 .changes = true });
}

static void check(void **state)
{
	try_scenario(&(struct scenario){ .test = CHECK,
					 .command = "check",
					 .prepare = enrolled_and_booted,
					 .worked = true,
					 .only_reads = true,
					 .says = "will unlock",
					 .says_if_fooled = "will not unlock" });
}

static void calibrate(void **state)
{
	try_scenario(&(struct scenario){ .test = CALIBRATE,
					 .command = "calibrate",
					 .prepare = enrolled_and_booted,
					 .worked = true,
					 .only_reads = true,
					 .says = "exact" });
}

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enroll),    cmocka_unit_test(enroll_again), cmocka_unit_test(upgrade),
		cmocka_unit_test(purge),     cmocka_unit_test(take_away),    cmocka_unit_test(check),
		cmocka_unit_test(calibrate),
	};

	cmocka_set_test_filter(getenv("TEST"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	int r;

	if (world_make_base(NULL) != 0)
		return 1;
	r = shards_main(all_tests, test_names);
	world_remove_base(NULL);
	return r;
}
