/*
 * A machine that is enrolled with a PIN (doc/pin.md), from --pin to its end: what is said, what the boots do,
 * and what stays in the header.
 */
#include "program_steps.h"

#include "seal/token.h"
#include "seal/volume.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

#define PIN "482913"
#define ENROLL "bootseal enroll --key-file /key "

static struct token *token_of(const struct world *w, const char *device)
{
	struct token *t = calloc(1, sizeof(*t));
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	int id;

	if (volume_open(world_path(w, device), &err, &v) < 0 || volume_token(v, &err, &id, t) < 0)
		fail_msg("%s: %s", device, err.text);
	volume_close(v);
	return t;
}

static bool has_pin(const struct world *w, const char *device)
{
	struct token *t = token_of(w, device);
	bool pin = t->has_pin;

	free(t);
	return pin;
}

/* The PIN is asked for, and then the volume opens. */
static void opens_with(struct world *w, const char *pin)
{
	w->pin = NULL;
	boots(w, NULL, WORLD_WAITS);
	assert_true(world_has(w, "/run/bootseal/ask-pin"));
	w->pin = pin;
	boots(w, NULL, WORLD_OPENED);
}

/* The owner's limits: what swtpm begins with is 3 tries. */
static void limit(const struct world *w, int max, int interval)
{
	world_shell(w, "tpm2_dictionarylockout -T %s -s -n %d -t %d -l 0", w->swtpm.tcti, max, interval);
}

static void enroll_with(struct world *w, const char *pin)
{
	limit(w, 32, 600);
	world_write_text(w, "/pin", pin);
	run_says(w, 0, ENROLL "--pin-file /pin", "PIN          each boot asks for it");
	says(w, "will unlock after the PIN");
}

static void test_enroll_and_boot(void **state)
{
	struct world *w = *state;

	enroll_with(w, PIN "\n");
	assert_true(has_pin(w, "/dev/vda3"));
	assert_int_equal(world_keyslots(w), 2);
	run_says(w, 5, "bootseal check",
		 "No: the next boot will unlock the root only when somebody types the PIN:");
	says(w, "the PIN: it has to be typed: the TPM unlocks nothing without it");
	says(w, ": will unlock after the PIN");
	run_says(w, 5, "bootseal check --json", "\"next_boot\": \"waits\"");
	says(w, "\"pin\": true");
	run_says(w, 5, "bootseal status", "unlocks after the PIN");
	says(w, "PIN          needed beside the TPM; no try is used");
	run_says(w, 5, "bootseal status --json", "\"next_boot\": \"pin\"");
	run_says(w, 5, "bootseal check --textfile /metrics", "");
	world_shell(w, "grep -qx 'bootseal_pin 1' metrics && "
		       "grep -qx 'bootseal_next_boot_unlocks 0' metrics");
	run_says(w, 0, "bootseal predict", "PIN: the TPM unlocks none of them before it was typed");
	opens_with(w, PIN);
	run_says(w, 5, "bootseal status", "This boot    unlocked by the TPM in ");
	assert_true(world_passphrase_works(w));
	/* a wrong one, three times */
	w->pin = "000000";
	boots(w, NULL, 1);
	run_says(w, 5, "bootseal status", "NOT unlocked by the TPM: the PIN was wrong");
	/* and the boot before was not shut down: the power was cut, which the TPM counts (test_pin_seal.c) */
	says(w, "4 of 32 tries of the TPM are used");
}

/* A kernel comes and one goes: nobody has to type the PIN for that. */
static void test_reseal_needs_no_pin(void **state)
{
	struct world *w = *state;

	limit(w, 32, 600);
	ok(world_enroll_pin(w, PIN, false));
	opens_with(w, PIN);
	ok(world_install_kernel(w, WORLD_NEW));
	opens_with(w, PIN);
	ok(world_purge_kernel(w, WORLD_OLD));
	opens_with(w, PIN);
	ok(world_reseal(w));
	assert_int_equal(world_keyslots(w), 2);
}

/* From a machine without a PIN, to another PIN, and back: one keyslot of the TPM's each time. */
static void test_change_and_take_away(void **state)
{
	struct world *w = *state;
	struct token *first, *second;

	run(w, 0, ENROLL);
	boots(w, NULL, WORLD_OPENED);
	enroll_with(w, PIN);
	first = token_of(w, "/dev/vda3");
	opens_with(w, PIN);
	enroll_with(w, "other-PIN");
	second = token_of(w, "/dev/vda3");
	assert_memory_not_equal(first->object, second->object, first->object_len);
	assert_memory_not_equal(first->pin.salt, second->pin.salt, PIN_SALT_LEN);
	w->pin = PIN;
	boots(w, NULL, 1);
	opens_with(w, "other-PIN");
	assert_int_equal(world_keyslots(w), 2);
	run_says(w, 0, ENROLL, "PIN          is taken away: without --pin the TPM unlocks without one");
	says(w, "will unlock automatically");
	assert_false(has_pin(w, "/dev/vda3"));
	assert_int_equal(world_keyslots(w), 2);
	assert_false(world_has_litter(w));
	w->pin = NULL;
	boots(w, NULL, WORLD_OPENED);
	run_says(w, 0, "bootseal check", "Yes: the next boot will unlock automatically.");
	free(first);
	free(second);
}

/* The header of before the PIN, with its token and keyslot: the passphrase is asked for, and root is told. */
static void test_header_of_before(void **state)
{
	struct world *w = *state;

	run(w, 0, ENROLL);
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "cp dev/vda3 before");
	enroll_with(w, PIN);
	opens_with(w, PIN);
	world_shell(w, "cat before >dev/vda3");
	boots(w, NULL, WORLD_TOKEN_GONE);
	says(w, "opens without a PIN, and this machine was enrolled with one");
	run_says(w, 5, "bootseal check", "its token opens without a PIN");
}

static void test_two_volumes(void **state)
{
	struct world *w = *state;

	world_add_volume(w, "second-volume");
	enroll_with(w, PIN);
	assert_true(has_pin(w, "/dev/vda3"));
	opens_with(w, PIN);
	run(w, 0, ENROLL);
	assert_false(has_pin(w, "/dev/vda3"));
	w->pin = NULL;
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(world_keyslots(w), 2);
}

/* One that the running system opens goes by the key on the root, as before. */
static void test_late_volume(void **state)
{
	struct world *w = *state;

	world_add_volume(w, "late-volume");
	enroll_with(w, PIN);
	opens_with(w, PIN);
	run_says(w, 5, "bootseal status", "opened by the system with a key on the root");
}

static void test_recovery_and_remove(void **state)
{
	struct world *w = *state;

	enroll_with(w, PIN);
	run_says(w, 0, "bootseal recovery-key --key-file /key --no-confirm", "");
	opens_with(w, PIN);
	run(w, 0, "bootseal remove");
	assert_int_equal(world_keyslots(w), 2);
	w->pin = NULL;
	assert_int_equal(world_boot_only(w, NULL), WORLD_NOT_ENROLLED);
}

/* Before anything is written. */
static void test_refused(void **state)
{
	static const struct {
		const char *pin, *words;
	} bad[] = {
		{ "12345", "/pin: a PIN has 6 to 64 characters" },
		{ "12 345", "/pin: a PIN has digits, letters and signs of ASCII only" },
		{ "\n", "/pin: a PIN has 6 to 64 characters" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		world_write_text(w, "/pin", bad[i].pin);
		run_says(w, 1, ENROLL "--pin-file /pin", bad[i].words);
	}
	run_says(w, 1, ENROLL "--pin-file /nowhere", "/nowhere: No such file");
	run_says(w, 1, ENROLL "--pin", "there is no terminal to ask on");
	limit(w, 5, 0);
	world_write_text(w, "/pin", PIN);
	run_says(w, 5, ENROLL "--pin-file /pin", "the TPM counts no wrong tries");
	assert_false(world_has(w, "/etc/bootseal/anchor"));
	assert_int_equal(world_keyslots(w), 1);
	limit(w, 100, 600);
	run_says(w, 0, ENROLL "--pin-file /pin", "WARNING: the TPM takes 100 wrong tries");
}

static void test_at_a_terminal(void **state)
{
	static const struct exchange typed[] = {
		{ "Passphrase of the encrypted root", WORLD_PASSPHRASE "\n" },
		{ "New PIN (6 to 64 characters, not shown): ", "12345\n" },
		{ "a PIN has 6 to 64 characters", "" },
		{ "New PIN", PIN "\n" },
		{ "The same again: ", "482914\n" },
		{ "these are two different PINs", "" },
		{ "New PIN", PIN "\n" },
		{ "The same again: ", PIN "\n" },
		{ NULL, NULL },
	};
	struct world *w = *state;
	int code;

	limit(w, 32, 600);
	code = program_talk(w, typed, "bootseal enroll --pin --no-recovery-key", NULL);
	if (code != 0)
		fail_msg("%d: %s", code, w->output);
	opens_with(w, PIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		program_test(test_enroll_and_boot),
		world_test(test_reseal_needs_no_pin),
		program_test(test_change_and_take_away),
		program_test(test_header_of_before),
		program_test(test_two_volumes),
		program_test(test_late_volume),
		program_test(test_recovery_and_remove),
		program_test(test_refused),
		program_test(test_at_a_terminal),
	};

	program_private_mounts();
	return cmocka_run_group_tests_name("PIN", tests, world_make_base, world_remove_base);
}
