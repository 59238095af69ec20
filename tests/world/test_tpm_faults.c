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
#include "tpm_fault_judge.h"

#include "../swtpm/shards.h"
#include "steps.h"

enum { ENROLL, ENROLL_AGAIN, PIN, PIN_AWAY, UPGRADE, PURGE, REMOVE, CHECK, CALIBRATE, TESTS };
static const char *const test_names[TESTS + 1] = {
	[ENROLL] = "enroll",
	[ENROLL_AGAIN] = "enroll again",
	[PIN] = "enroll with a PIN",
	[PIN_AWAY] = "enroll without the PIN",
	[UPGRADE] = "reseal after an upgrade",
	[PURGE] = "reseal after a purge",
	[REMOVE] = "remove",
	[CHECK] = "check",
	[CALIBRATE] = "calibrate",
	[TESTS] = NULL,
};

static void prepare_enroll(struct world *w)
{
}

static void prepare_pin(struct world *w)
{
	type_pin(w);
	enrolled_and_booted(w);
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

static void pin(void **state)
{
	try_scenario(&(struct scenario){ .test = PIN,
					 .command = "enroll-pin",
					 .prepare = prepare_pin,
					 .worked = true,
					 .changes = true });
}

static void pin_away(void **state)
{
	try_scenario(&(struct scenario){ .test = PIN_AWAY,
					 .command = "enroll",
					 .prepare = enrolled_with_pin,
					 .worked = true,
					 .changes = true });
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
		cmocka_unit_test(calibrate), cmocka_unit_test(pin),	     cmocka_unit_test(pin_away),
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
