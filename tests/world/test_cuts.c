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
#include "cuts.h"
#include "steps.h"

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
	cuts_worked_before = true;
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
	cuts_worked_before = true;
	world_kernel_unseen(w, "remove", WORLD_OLD);
}

static void prepare_pin(struct world *w)
{
	type_pin(w);
}

static void prepare_pin_later(struct world *w)
{
	type_pin(w);
	prepare_enroll_again(w);
}

static void prepare_pin_already(struct world *w)
{
	enrolled_with_pin(w);
	cuts_worked_before = true;
}

/* Which of the two is right depends on where the power was cut. */
static void prepare_pin_change(struct world *w)
{
	prepare_pin_already(w);
	w->second_pin = WORLD_OTHER_PIN;
}

static void prepare_pin_change_two(struct world *w)
{
	prepare_two(w);
	prepare_pin_change(w);
}

static void prepare_pin_two(struct world *w)
{
	type_pin(w);
	prepare_two_again(w);
}

static void prepare_recovery_key_two(struct world *w)
{
	prepare_two(w);
	ok(world_set_recovery_key(w, WORLD_OLD_KEY));
	prepare_enroll_again(w);
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

static void enroll(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_enroll });
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_enroll, .torn = true });
}

/* What is chosen there is on the disk before the first initrd is rebuilt. */
static void without_log(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll-without-log", .prepare = prepare_without_log });
}

static void enroll_again(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_enroll_again });
}

static void upgrade(void **state)
{
	cuts_check(&(struct cut){ .command = "reseal", .prepare = prepare_upgrade });
	cuts_check(&(struct cut){ .command = "reseal", .prepare = prepare_upgrade, .torn = true });
}

static void purge(void **state)
{
	cuts_check(&(struct cut){ .command = "reseal", .prepare = prepare_purge });
}

static void recovery_key(void **state)
{
	cuts_check(&(struct cut){ .command = "recovery-key",
				  .prepare = prepare_recovery_key,
				  .after_cut = a_key_opens,
				  .after = only_new_key_opens });
	cuts_check(&(struct cut){ .command = "recovery-key",
				  .prepare = prepare_recovery_key,
				  .after_cut = a_key_opens,
				  .after = only_new_key_opens,
				  .torn = true });
	/* either opens both volumes, wherever it was cut */
	cuts_check(&(struct cut){ .command = "recovery-key",
				  .prepare = prepare_recovery_key_two,
				  .after_cut = a_key_opens,
				  .after = only_new_key_opens });
}

static void take_away(void **state)
{
	cuts_check(&(struct cut){ .command = "remove", .prepare = prepare_enroll_again, .removes = true });
	cuts_check(&(struct cut){
		.command = "remove", .prepare = prepare_enroll_again, .removes = true, .torn = true });
}

static void two_volumes(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_two });
	cuts_check(&(struct cut){ .command = "reseal", .prepare = prepare_two_upgrade });
	cuts_check(&(struct cut){ .command = "remove", .prepare = prepare_two_again, .removes = true });
}

/* The PIN that comes, that another one takes the place of, and that goes. */
static void pin(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll-pin", .prepare = prepare_pin });
	cuts_check(&(struct cut){ .command = "enroll-pin", .prepare = prepare_pin_later });
	cuts_check(&(struct cut){ .command = "enroll-pin", .prepare = prepare_pin_later, .torn = true });
	cuts_check(&(struct cut){ .command = "enroll-other-pin", .prepare = prepare_pin_change });
	cuts_check(&(struct cut){ .command = "enroll-pin", .prepare = prepare_pin_two });
	cuts_check(&(struct cut){ .command = "enroll-other-pin",
				  .prepare = prepare_pin_change_two,
				  .splits = true });
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_pin_already });
	cuts_check(&(struct cut){ .command = "remove", .prepare = prepare_pin_already, .removes = true });
}

/* One that the running system opens; a reseal writes nothing for it. */
static void late_volume(void **state)
{
	cuts_check(&(struct cut){ .command = "enroll", .prepare = prepare_late });
	cuts_check(&(struct cut){ .command = "remove", .prepare = prepare_late_again, .removes = true });
}

static void initrds(void **state)
{
	unsigned before = cuts.lost;

	cuts_check_initrds(&(struct cut){ .command = "enroll", .prepare = prepare_enroll });
	cuts_check_initrds(&(struct cut){ .command = "enroll", .prepare = prepare_enroll_again });
	cuts_check_initrds(
		&(struct cut){ .command = "remove", .prepare = prepare_enroll_again, .removes = true });
	assert_int_equal(cuts.lost, before);
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
		cmocka_unit_test(pin),
		cmocka_unit_test(initrds),
	};
	int r;

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	r = cmocka_run_group_tests(tests, world_make_base, world_remove_base);
	printf("# %u times new files were left to --accept-current\n", cuts.asked);
	printf("# %u times two volumes had different PINs\n", cuts.split);
	printf("# tally cut-points %u %u\n", cuts.tried, cuts.lost);
	return r;
}
