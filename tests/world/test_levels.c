/*
 * --quiet: warnings, errors and what was asked for, and nothing else. --verbose: each step that is really
 * done, on standard error.
 */
#include "program_steps.h"

/* Standard output and standard error of a command, apart. */
#define APART " >/srv/out 2>/srv/err"

static int setup(void **state)
{
	int r = program_setup(state);

	world_shell(*state, "mkdir -p srv");
	return r;
}

static void has(struct world *w, const char *path, const char *text)
{
	char *said = world_read(w, path, NULL);

	if (!strstr(said, text))
		fail_msg("%s has no \"%s\": %s", path, text, said);
	free(said);
}

static void is_empty(struct world *w, const char *path)
{
	char *said = world_read(w, path, NULL);

	if (said[0])
		fail_msg("%s is not empty: %s", path, said);
	free(said);
}

/* The command says nothing at all. */
static void silent(struct world *w, int code, const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "%s" APART, command);
	run(w, code, line);
	is_empty(w, "/srv/out");
	is_empty(w, "/srv/err");
}

static void quiet_when_it_goes_well(void **state)
{
	struct world *w = *state;

	/* what asks for the machine's attention is said: no 'panic=' on the command line */
	run(w, 0, "bootseal enroll --quiet --no-recovery-key --key-file /key" APART);
	world_shell(w, "test \"$(grep -v \"^ \" srv/out | cut -d ' ' -f 1 | sort -u)\" = Note");
	is_empty(w, "/srv/err");
	boots(w, NULL, WORLD_OPENED);
	silent(w, 0, "bootseal reseal -q");
	world_shell(w, "printf a >etc/default/locale");
	silent(w, 0, "bootseal reseal --hook -q");
	/* what was asked for: the key, and nothing beside it */
	run(w, 0, "bootseal recovery-key -q --key-file /key" APART);
	world_shell(w, "test \"$(wc -l <srv/out)\" = 1 && test \"$(wc -c <srv/out)\" = 56");
	is_empty(w, "/srv/err");
	silent(w, 0, "bootseal recovery-key -q --remove --key-file /key");
	silent(w, 0, "bootseal remove -q");
}

static void quiet_says_what_was_asked_for(void **state)
{
	struct world *w = *state;

	run_says(w, 3, "bootseal -q check", "not enrolled");
	run(w, 0, "bootseal enroll -q --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run_says(w, 0, "bootseal check --quiet", "Yes: the next boot will unlock automatically.");
	run_says(w, 0, "bootseal status -q", "will unlock");
	run_says(w, 0, "bootseal reseal -q --dry-run", "will unlock automatically");
	/* and what is wrong */
	world_shell(w, "printf x >>boot/initrd.img-" WORLD_OLD);
	run_says(w, 5, "bootseal reseal -q", "THE POLICY WAS NOT MOVED");
	run_says(w, 5, "bootseal check -q", "No: the next boot will ask for the passphrase.");
}

static void verbose_says_each_step(void **state)
{
	struct world *w = *state;
	static const char *const steps[] = {
		"bootseal: read /sys/kernel/security/tpm0/binary_bios_measurements, ",
		"bootseal: hashed /boot/vmlinuz-" WORLD_OLD ", ",
		"bootseal: read the boot chain: ",
		"bootseal: TPM: read ",
		"bootseal: TPM: made the policy index 0x",
		"bootseal: TPM: sealed a key of 32 bytes",
		": added keyslot ",
		"bootseal: ran update-initramfs -u -k all",
		"bootseal: predicted ",
		": wrote token ",
		"bootseal: TPM: wrote the policy index 0x",
		"bootseal: wrote /var/lib/bootseal/state.json, ",
		"bootseal: locked /run/bootseal/lock",
	};

	run(w, 0, "bootseal enroll --verbose --no-recovery-key --key-file /key" APART);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		has(w, "/srv/err", steps[i]);
	/* no secret is a step, and no step is on standard output */
	world_shell(w, "! grep -q '" WORLD_PASSPHRASE "' srv/err && ! grep -q 'bootseal: ' srv/out");
	run(w, 0, "bootseal calibrate --force -v" APART);
	has(w, "/srv/err", "bootseal: compared the model with the ");
	run(w, 0, "bootseal check -v" APART);
	has(w, "/srv/err", "bootseal: hashed /boot/vmlinuz-" WORLD_OLD);
	run(w, 0, "bootseal check" APART);
	is_empty(w, "/srv/err");
	/* an owner's command may have a word in it that is for nobody else */
	run(w, 0, "bootseal recovery-key -v --key-file /key --escrow 'cat >/srv/key; : token7'" APART);
	has(w, "/srv/err", "bootseal: ran /bin/sh -c");
	world_shell(w, "! grep -q token7 srv/err && ! grep -qF \"$(cat srv/key)\" srv/err");
	run(w, 0, "bootseal remove -v" APART);
	has(w, "/srv/err", "bootseal: TPM: removed the policy index 0x");
	has(w, "/srv/err", ": removed keyslot ");
	has(w, "/srv/err", ": removed token ");
}

static void not_both(void **state)
{
	struct world *w = *state;

	run_says(w, 2, "bootseal -q check --verbose", "--quiet and --verbose exclude each other");
	run_says(w, 2, "bootseal -v -q", "--quiet and --verbose exclude each other");
	run_says(w, 2, "bootseal check -qv", "--quiet and --verbose exclude each other");
	run_says(w, 3, "bootseal -v -v check --verbose", "not enrolled");
}

#define level_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		level_test(quiet_when_it_goes_well),
		level_test(quiet_says_what_was_asked_for),
		level_test(verbose_says_each_step),
		level_test(not_both),
	};

	cmocka_set_test_filter(getenv("TEST"));
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
