/*
 * A whole machine whose files were changed: which of them a reseal refuses, what it leaves out, what settles
 * it.
 */
#include "machine/record/boot_report.h"
#include "measure/grub/env.h"
#include "outcome.h"
#include "steps.h"

static void old_initrd_changed_offline(void **state)
{
	struct world *w = *state;

	upgraded(w);
	world_shell(w, "chroot . /usr/sbin/update-initramfs -u -k %s && rm post-update-calls", WORLD_OLD);
	boots(w, NULL, WORLD_OPENED);
	ok(world_update_initramfs(w, WORLD_NEW));
	assert_true(w->report.partly && w->report.default_covered);
	refused(w, initrd_of(WORLD_OLD), "");
	left_out(w, WORLD_OLD, initrd_of(WORLD_OLD));
	assert_false(has_path(w, WORLD_OLD));
	assert_true(state_of(w).failed);
	assert_non_null(strstr(state_of(w).failure, initrd_of(WORLD_OLD)));
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_ASKS);
	says(w, "PCR 9");
	/* the word of the hook settles it, in a boot that the TPM opened */
	assert_int_equal(world_update_initramfs(w, WORLD_OLD), -ECANCELED);
	boots(w, NULL, WORLD_OPENED);
	ok(world_update_initramfs(w, WORLD_OLD));
	assert_false(state_of(w).failed);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
}

static void nothing_accepted_after_a_prompt(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "sed -i 's/ ro quiet/ ro quiet init=\\/bin\\/sh/' boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	says(w, "PCR 8");
	assert_int_equal(world_reseal(w), -ECANCELED);
	world_shell(w, "echo GRUB_CMDLINE_LINUX_DEFAULT=verbose >etc/default/grub && chroot . "
		       "/usr/sbin/grub-mkconfig >boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	/* what grub-mkconfig would vouch for at any other time */
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg");
	err_names(w, "--accept-current");
	assert_int_equal(world_install_kernel(w, WORLD_NEW), -ECANCELED);
	assert_true(state_of(w).failed);
	ok(world_reseal_with(w, &accept));
	assert_true(notes_have(w->report.forecast.accepted, w->report.forecast.accepted_count,
			       "/boot/grub/grub.cfg", ""));
	assert_false(state_of(w).failed);
	assert_true(boot_trusted(&w->machine));
	boots(w, NULL, WORLD_OPENED);
}

static void grub_cfg_edited(void **state)
{
	struct world *w = *state;
	struct state s;

	enrolled(w);
	world_shell(w, "cp boot/grub/grub.cfg kept && echo 'set x=y' >>boot/grub/grub.cfg");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg");
	refused(w, "/boot/grub/grub.cfg", "");
	s = state_of(w);
	assert_true(s.failed && strstr(s.failure, "/boot/grub/grub.cfg"));
	world_shell(w, "mv kept boot/grub/grub.cfg");
	boots(w, NULL, WORLD_OPENED);
	assert_true(state_of(w).failed); /* until a reseal succeeds */
	ok(world_reseal(w));
	assert_false(state_of(w).failed);
}

static void set_grubenv(const struct world *w, const char *name, const char *value)
{
	size_t len;
	char *block = world_read(w, "/boot/grub/grubenv", &len);

	assert_int_equal(grub_env_set((uint8_t *)block, len, name, value), 0);
	world_write(w, "/boot/grub/grubenv", block, len);
	free(block);
}

static void grubenv_variables(void **state)
{
	struct world *w = *state;

	upgraded(w);
	/* grub-reboot to the old kernel: both boots are covered, the one-shot and the one after it */
	set_grubenv(w, "next_entry", world_entry(WORLD_OLD));
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	boots(w, NULL, WORLD_OPENED);
	set_grubenv(w, "cmdline", "init=/bin/sh");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "grubenv");
	err_names(w, "'cmdline'");
}

static void changed_grub_file(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "cp boot/grub/x86_64-efi/command.lst kept && echo 'linux: evil' "
		       ">>boot/grub/x86_64-efi/command.lst");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/grub/x86_64-efi/command.lst");
	/* an update of GRUB's own, on the encrypted root first */
	world_shell(w, "cp boot/grub/x86_64-efi/command.lst usr/lib/grub/x86_64-efi/");
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
}

static void initrd_without_us(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mv etc/bootseal/anchor kept");
	world_kernel_unseen(w, "install", WORLD_NEW);
	world_shell(w, "mv kept etc/bootseal/anchor");
	world_run_post_update(w);
	ok(world_reseal(w));
	assert_false(w->report.default_covered);
	assert_true(has_path(w, WORLD_OLD) && !has_path(w, WORLD_NEW));
	left_out(w, WORLD_NEW, "bootseal-unlock");
	boots(w, NULL, WORLD_NOT_ENROLLED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	/* rebuilt, it is a boot path like any other */
	ok(world_update_initramfs(w, WORLD_NEW));
	assert_true(w->report.default_covered);
	boots(w, NULL, WORLD_OPENED);
}

static void kernel_without_initrd(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_kernel_unseen(w, "install", WORLD_NEW);
	world_shell(w, "rm boot/%s post-update-calls && chroot . /usr/sbin/grub-mkconfig >boot/grub/grub.cfg",
		    initrd_of(WORLD_NEW) + strlen("/boot/"));
	ok(world_reseal(w));
	assert_false(w->report.default_covered);
	left_out(w, WORLD_NEW, "initrd");
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
}

static void kernel_not_from_dpkg(void **state)
{
	struct world *w = *state;
	char path[128];

	enrolled(w);
	world_kernel_unseen(w, "install", WORLD_NEW);
	/* the package's checksum is of another file */
	world_shell(w, "sed -i 's/^..../0000/' var/lib/dpkg/info/linux-image-%s.md5sums", WORLD_NEW);
	world_run_post_update(w);
	ok(world_reseal(w));
	assert_true(w->report.partly && !has_path(w, WORLD_NEW) && has_path(w, WORLD_OLD));
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", WORLD_NEW);
	refused(w, path, "");
	boots(w, NULL, WORLD_ASKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(old_initrd_changed_offline),
		world_test(nothing_accepted_after_a_prompt),
		world_test(grub_cfg_edited),
		world_test(grubenv_variables),
		world_test(changed_grub_file),
		world_test(initrd_without_us),
		world_test(kernel_without_initrd),
		world_test(kernel_not_from_dpkg),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
