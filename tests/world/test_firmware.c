/* What the firmware does by itself: PCR 0 and 2 where Secure Boot is off, and PCR 4 without its actions. */
#include "program.h"
#include "steps.h"

#include "measure/boot/predict.h"

#define EXPLAIN "/usr/lib/bootseal/bootseal explain"

static void secure_boot(const struct world *w, int on)
{
	world_shell(w, "mkdir -p firmware && printf '\\6\\0\\0\\0\\%d' > "
		       "firmware/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", on);
}

static pcr_mask held(struct world *w)
{
	struct state s;

	ok(state_load(&w->machine, &w->err, &s));
	return s.mask & FIRMWARE_PCRS;
}

/* Enrolled with Secure Boot off, and opened by the TPM. */
static void enrolled_without(struct world *w)
{
	secure_boot(w, 0);
	boots(w, NULL, WORLD_NOT_ENROLLED);
	program_install(w);
	if (program_run(w, NULL, "bootseal enroll --key-file /key") != 0)
		fail_msg("%s", w->output);
	says(w, "PCRs         the policy also holds PCR 0 and 2");
	boots(w, NULL, WORLD_OPENED);
}

static void explains(struct world *w, uint32_t pcr, const char *text)
{
	char first[32];

	assert_int_equal(program_run(w, NULL, EXPLAIN), 0);
	snprintf(first, sizeof(first), "First difference: PCR %u", pcr);
	says(w, first);
	says(w, text);
}

/* All else is as ever: a newer kernel comes, and check says what the policy holds. */
static void opens(void **state)
{
	struct world *w = *state;

	enrolled_without(w);
	assert_int_equal(held(w), FIRMWARE_PCRS);
	assert_int_equal(program_run(w, NULL, "bootseal check"), 0);
	says(w, "the policy also holds PCR 0 and 2");
	assert_int_equal(program_run(w, NULL, "bootseal status"), 0);
	says(w, "PCRs 0 2 4 7 8 9 14");
	kernel_installed(w);
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	assert_true(world_all_open(w));
	w->failed_options = 2;
	boots(w, NULL, WORLD_OPENED);
}

/* A plug-in card, or a Driver#### entry that points to a file on the EFI partition. */
static void another_option_rom(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled_without(w);
	w->option_rom = "evil";
	boots(w, NULL, WORLD_ASKS);
	says(w, "PCR 2 (the option ROMs of add-in cards, and drivers that the firmware loads) differs");
	explains(w, 2, "An option ROM or a driver that the firmware loads was added, removed or updated:");
	says(w, "do not type your passphrase");
	/* nor does a hook of that boot accept it */
	assert_int_equal(world_reseal(w), -ECANCELED);
	boots(w, NULL, WORLD_ASKS);
	w->option_rom = NULL;
	boots(w, NULL, WORLD_OPENED);
	/* the owner's card */
	w->option_rom = "card";
	boots(w, NULL, WORLD_ASKS);
	ok(world_reseal_with(w, &accept));
	boots(w, NULL, WORLD_OPENED);
	w->option_rom = NULL;
	boots(w, NULL, WORLD_ASKS);
}

static void another_firmware(void **state)
{
	struct world *w = *state;

	enrolled_without(w);
	w->firmware = "update";
	boots(w, NULL, WORLD_ASKS);
	explains(w, 0, "The firmware is a different one: it was updated, or replaced.");
	assert_int_equal(program_run(w, NULL, "bootseal reseal --accept-current"), 0);
	says(w, "measured in PCR 0 (the firmware)");
	boots(w, NULL, WORLD_OPENED);
}

/* The policy was made for Secure Boot: without it, it covers too little, whatever the owner accepts. */
static void turned_off_later(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(held(w), 0);
	secure_boot(w, 0);
	boots(w, NULL, WORLD_ASKS);
	assert_int_equal(world_reseal(w), -ECANCELED);
	assert_int_equal(world_reseal_with(w, &accept), -ECANCELED);
	err_names(w, "neither PCR 0 nor PCR 2");
	err_names(w, "run 'bootseal enroll'");
	boots(w, NULL, WORLD_ASKS);
	ok(world_enroll_accepting(w));
	assert_int_equal(held(w), FIRMWARE_PCRS);
	assert_int_equal(world_keyslots(w), 2);
	boots(w, NULL, WORLD_OPENED);
	w->option_rom = "evil";
	boots(w, NULL, WORLD_ASKS);
	w->option_rom = NULL;
	/* nor does the boot with Secure Boot open: that policy is gone */
	secure_boot(w, 1);
	boots(w, NULL, WORLD_ASKS);
}

/* Turned on later: the PCRs stay in the policy until it is enrolled again. */
static void turned_on_later(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled_without(w);
	secure_boot(w, 1);
	boots(w, NULL, WORLD_ASKS);
	ok(world_reseal_with(w, &accept));
	boots(w, NULL, WORLD_OPENED);
	w->option_rom = "card";
	boots(w, NULL, WORLD_ASKS);
	w->option_rom = NULL;
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(held(w), FIRMWARE_PCRS);
	ok(world_enroll(w));
	assert_int_equal(held(w), 0);
	boots(w, NULL, WORLD_OPENED);
	w->option_rom = "card";
	boots(w, NULL, WORLD_OPENED);
}

/* Firmware that measures no attempts to boot: one boot is as the other. */
static void no_attempts_measured(void **state)
{
	struct world *w = *state;

	w->no_actions = true;
	boots(w, NULL, WORLD_NOT_ENROLLED);
	program_install(w);
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	kernel_installed(w);
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	assert_true(world_all_open(w));
	w->no_actions = false;
	boots(w, NULL, WORLD_ASKS);
	explains(w, 4, "The firmware did something different before it started the boot loader:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(opens),
		world_test(another_option_rom),
		world_test(another_firmware),
		world_test(turned_off_later),
		world_test(turned_on_later),
		world_test(no_attempts_measured),
	};

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
