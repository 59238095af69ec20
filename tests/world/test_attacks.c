/*
 * What an attacker does to a whole machine while it is off, and what the tools do about it when its owner uses it again. Each test is
 * a row of SECURITY.md.
 */
#include "world.h"

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_new(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

#define ok(call)                                                                             \
	do {                                                                                 \
		int r_ = (call);                                                             \
		if (r_ != 0)                                                                 \
			fail_msg("%s: %d (%s): %s", #call, r_, strerror(-r_), w->err.text); \
	} while (0)

static void boots(struct world *w, const char *entry, int expected)
{
	int code = world_boot(w, entry);

	if (code != expected)
		fail_msg("%s: exit code %d instead of %d: %s", entry ? entry : "default", code, expected, w->output ? w->output : "");
}

static void enrolled(struct world *w)
{
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
}

static void err_names(const struct world *w, const char *text)
{
	if (!strstr(w->err.text, text))
		fail_msg("\"%s\" does not name %s", w->err.text, text);
}

/* Not an attack on the key, but the owner must know what is gone and how to get it back; the old policy stays. */
static void missing_configurations_are_named(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mv boot/grub/grub.cfg boot/x");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/grub/grub.cfg; `update-grub'");
	world_shell(w, "mv boot/x boot/grub/grub.cfg; mv boot/efi/EFI/debian/grub.cfg boot/x");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/efi/EFI/debian/grub.cfg, nor /boot/efi/EFI/BOOT/grub.cfg; `grub-install'");
	world_shell(w, "mkdir boot/efi/EFI/debian/grub.cfg");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/efi/EFI/debian/grub.cfg; `grub-install'");
	world_shell(w, "rmdir boot/efi/EFI/debian/grub.cfg; mv boot/x boot/efi/EFI/debian/grub.cfg");
	ok(world_reseal(w));
}

/* Another disk with the UUID of /usr would be run beside the open root. */
static void usr_by_uuid_is_not_enrolled(void **state)
{
	struct world *w = *state;

	world_write_text(w, "/etc/fstab", "UUID=0a UUID / ext4 defaults 0 1\nUUID=0b /usr ext4 defaults 0 2\n");
	assert_int_equal(world_enroll(w), -EOPNOTSUPP);
	err_names(w, "/etc/fstab, /usr: `UUID=0b'");
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/etc/bootseal/anchor"));
	/* what is only the owner's data: a warning, and enrolment goes on */
	world_write_text(w, "/etc/fstab", "/dev/vdb1 /home ext4 defaults 0 2\n");
	enrolled(w);
	ok(world_reseal(w));
	assert_int_equal(w->report.forecast.warning_count, 1);
	assert_string_equal(w->report.forecast.warning[0].what, "/etc/fstab, /home");
}

/* He takes back the list of what Secure Boot forbids. The owner types the passphrase, because all the files are his own, and then apt runs a hook. */
static void variables_are_not_sealed_after_a_prompt(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mkdir firmware && printf '\\6\\0\\0\\0' > firmware/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	boots(w, NULL, WORLD_ASKS);
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "PCR 7");
	err_names(w, "--accept-current");
	assert_false(w->report.changed);
	boots(w, NULL, WORLD_ASKS);
	/* the old state is still sealed, and the new one is the owner's to accept */
	world_shell(w, "mv firmware firmware-away");
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "mv firmware-away firmware");
	boots(w, NULL, WORLD_ASKS);
	ok(world_reseal_with(w, &accept));
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(missing_configurations_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(variables_are_not_sealed_after_a_prompt, setup, teardown),
		cmocka_unit_test_setup_teardown(usr_by_uuid_is_not_enrolled, setup, teardown),
	};

	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
