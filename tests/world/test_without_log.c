/* A firmware whose event log is damaged or wrong: `bootseal enroll --without-log`, and what follows. */
#include "world.h"

#include "machine/chain/calibration.h"
#include "machine/chain/chain.h"
#include "machine/chain/no_log.h"
#include "machine/chain/sealed.h"
#include "machine/outlook.h"
#include "machine/record/without_log.h"

#define OPTION "'bootseal enroll --without-log' does without this log"

/* As found: booted, with a log that ends inside a record. */
static void damage(struct world *w)
{
	world_shell(w, "truncate -s -40 .%s && rm -f .%s", EVENTLOG_PATH, "/run/bootseal/calibration.json");
}

static void new_machine(struct world *w)
{
	world_new(w);
	world_write_option(w, "\\EFI\\BOOT\\BOOTX64.EFI");
	world_shell(w, "mkdir -p .%s", PCR_VALUES_DIR);
	world_show_pcrs(w);
}

static void must(int r, const struct world *w)
{
	if (r < 0)
		fail_msg("%d: %s", r, w->err.text);
}

static void fails_with(int r, const struct world *w, const char *text)
{
	assert_true(r < 0);
	if (!strstr(w->err.text, text))
		fail_msg("%s: not in: %s", text, w->err.text);
}

/* What bootseal-boot.service does. */
static int boot_service(struct world *w)
{
	const struct calibrate_options o = { .record = true };
	struct calibration c = CALIBRATION_NONE;
	struct chain *chain = NULL;
	int r = chain_load(&w->machine, &w->err, &chain);

	if (r == 0)
		r = chain_calibrate(chain, &o, &w->err, &c);
	if (r == 0 && c.verdict != VERDICT_EXACT)
		r = -ECANCELED;
	calibration_free(&c);
	chain_free(chain);
	return r;
}

static int check(struct world *w)
{
	struct outlook o = OUTLOOK_NONE;
	int r = outlook_make(&w->machine, w->swtpm.tcti, &w->err, &o);

	if (r == 0) {
		assert_true(o.default_unlocks);
		assert_non_null(strstr(o.summary, "Secure Boot on, event log not used"));
	}
	outlook_free(&o);
	return r;
}

static void a_whole_life(void **state)
{
	struct remove_report report;
	struct world w;

	new_machine(&w);
	damage(&w);
	fails_with(world_enroll(&w), &w, OPTION);
	fails_with(boot_service(&w), &w, OPTION);
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	must(world_enroll_without_log(&w), &w);
	assert_int_equal(w.report.calibration.verdict, VERDICT_EXACT);
	assert_true(world_has(&w, WITHOUT_LOG_PATH));
	assert_false(world_has_litter(&w));
	/* the next boot: again with such a log */
	assert_int_equal(world_boot_only(&w, NULL), WORLD_OPENED);
	damage(&w);
	must(boot_service(&w), &w);
	must(check(&w), &w);
	must(world_install_kernel(&w, WORLD_NEW), &w);
	must(world_reseal(&w), &w);
	assert_int_equal(world_boot_only(&w, NULL), WORLD_OPENED);
	assert_int_equal(world_boot_only(&w, world_entry(WORLD_OLD)), WORLD_OPENED);
	damage(&w);
	must(check(&w), &w);
	must(world_remove(&w, &report), &w);
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	assert_false(world_has(&w, MACHINE_STATE_DIR "/state.json"));
	world_free(&w);
}

/* It parses, but the TPM has other values. */
static void a_wrong_log(void **state)
{
	struct world w;
	size_t len, at;
	char *log;

	new_machine(&w);
	log = world_read(&w, EVENTLOG_PATH, &len);
	world_write(&w, "/good", log, len);
	/* the first record of PCR 8: number, type, one digest, its algorithm */
	for (at = 0; at + 16 < len && memcmp(log + at, "\x08\0\0\0\x0d\0\0\0\1\0\0\0\x0b\0", 14) != 0; at++)
		;
	assert_true(at + 16 < len);
	log[at + 14] ^= 1;
	world_write(&w, EVENTLOG_PATH, log, len);
	free(log);
	world_shell(&w, "rm -f run/bootseal/calibration.json");
	fails_with(world_enroll(&w), &w, "PCR 8 of the TPM differs from the replayed log");
	fails_with(world_enroll(&w), &w, OPTION);
	must(world_enroll_without_log(&w), &w);
	must(check(&w), &w);
	must(world_enroll(&w), &w);
	assert_true(world_has(&w, WITHOUT_LOG_PATH));
	world_shell(&w, "cp good .%s", EVENTLOG_PATH);
	must(world_enroll(&w), &w);
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	assert_true(world_all_open(&w));
	world_free(&w);
}

/* An enrolment that does not ask for it keeps the choice while the log is bad, and ends it then. */
static void until_the_log_is_good_again(void **state)
{
	struct world w;

	new_machine(&w);
	damage(&w);
	must(world_enroll_without_log(&w), &w);
	must(world_enroll(&w), &w);
	assert_true(world_has(&w, WITHOUT_LOG_PATH));
	world_shell(&w, "rm .%s", EVENTLOG_PATH);
	must(world_enroll(&w), &w);
	assert_true(world_has(&w, WITHOUT_LOG_PATH));
	assert_int_equal(world_boot(&w, NULL), WORLD_OPENED);
	must(world_reseal(&w), &w);
	assert_true(world_has(&w, WITHOUT_LOG_PATH));
	must(world_enroll(&w), &w);
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	assert_int_equal(world_boot(&w, NULL), WORLD_OPENED);
	damage(&w);
	fails_with(world_reseal(&w), &w, OPTION);
	world_free(&w);
}

/* The verdict of this boot was made from its log, before somebody chose; then files change. */
static void the_verdict_was_from_the_log(void **state)
{
	struct world w;

	new_machine(&w);
	assert_int_equal(world_boot(&w, NULL), WORLD_NOT_ENROLLED);
	must(world_enroll_without_log(&w), &w);
	assert_true(world_has(&w, BOOT_EVENTS_PATH));
	must(world_install_kernel(&w, WORLD_NEW), &w);
	assert_true(world_all_open(&w));
	world_free(&w);
}

/* explain has the events where the boot could be told, and says why it has none where not. */
static void what_explain_has(void **state)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct world w;
	struct state s;

	new_machine(&w);
	must(world_enroll_without_log(&w), &w);
	must(state_load(&w.machine, &w.err, &s), &w);
	damage(&w);
	must(sealed_compare(&w.machine, s.mask, &w.err, &c), &w);
	sealed_comparison_free(&c);
	world_shell(&w, "rm .%s", BOOT_EVENTS_PATH);
	fails_with(sealed_compare(&w.machine, s.mask, &w.err, &c), &w, "log of this machine is not used");
	must(without_log_set(&w.machine, false, &w.err), &w);
	fails_with(sealed_compare(&w.machine, s.mask, &w.err, &c), &w, OPTION);
	world_free(&w);
}

/* What must be there for it is named. */
static void what_it_needs(void **state)
{
	struct world w;

	new_machine(&w);
	world_shell(&w, "mv .%s kept", PCR_VALUES_DIR);
	fails_with(world_enroll_without_log(&w), &w, "without the event log nothing else tells");
	world_shell(&w, "mv kept .%s && echo '# more' >>boot/grub/grub.cfg", PCR_VALUES_DIR);
	fails_with(world_enroll_without_log(&w), &w, "the event log is not used, and no way to start");
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	world_free(&w);
}

/* Alone it is a rest of an enrolment, too. */
static void a_rest_is_removed(void **state)
{
	struct remove_report report;
	struct world w;

	new_machine(&w);
	must(state_make_dir(&w.machine, &w.err), &w);
	must(without_log_set(&w.machine, true, &w.err), &w);
	must(without_log_set(&w.machine, true, &w.err), &w);
	must(world_remove(&w, &report), &w);
	assert_true(report.files);
	assert_false(world_has(&w, WITHOUT_LOG_PATH));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_life),
		cmocka_unit_test(a_wrong_log),
		cmocka_unit_test(until_the_log_is_good_again),
		cmocka_unit_test(the_verdict_was_from_the_log),
		cmocka_unit_test(what_explain_has),
		cmocka_unit_test(what_it_needs),
		cmocka_unit_test(a_rest_is_removed),
	};

	return cmocka_run_group_tests_name("without_log", tests, world_make_base, world_remove_base);
}
