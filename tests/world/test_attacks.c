/*
 * What an attacker does to a whole machine while it is off, and what the tools do about it when its owner
 * uses it again. Each test is a row of SECURITY.md.
 */
#include "machine/record/notice.h"
#include "machine/system/foreign.h"
#include "../unit/peak.h"
#include "outcome.h"
#include "steps.h"

/*
 * Not an attack on the key, but the owner must know what is gone and how to get it back; the old policy
 * stays.
 */
static void missing_configurations_are_named(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mv boot/grub/grub.cfg boot/x");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/grub/grub.cfg; 'update-grub'");
	world_shell(w, "mv boot/x boot/grub/grub.cfg; mv boot/efi/EFI/debian/grub.cfg boot/x");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/efi/EFI/debian/grub.cfg, nor /boot/efi/EFI/BOOT/grub.cfg; 'grub-install'");
	world_shell(w, "mkdir boot/efi/EFI/debian/grub.cfg");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "no /boot/efi/EFI/debian/grub.cfg; 'grub-install'");
	world_shell(w, "rmdir boot/efi/EFI/debian/grub.cfg; mv boot/x boot/efi/EFI/debian/grub.cfg");
	ok(world_reseal(w));
}

/* Another disk with the UUID of /usr would be run beside the open root. */
static void usr_by_uuid_is_not_enrolled(void **state)
{
	struct world *w = *state;

	world_write_text(w, "/etc/fstab",
			 "UUID=0a UUID / ext4 defaults 0 1\nUUID=0b /usr ext4 defaults 0 2\n");
	assert_int_equal(world_enroll(w), -EOPNOTSUPP);
	err_names(w, "/etc/fstab, /usr: 'UUID=0b'");
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/etc/bootseal/anchor"));
	/* what is only the owner's data: a warning, and enrolment goes on */
	world_write_text(w, "/etc/fstab", "/dev/vdb1 /home ext4 defaults 0 2\n");
	enrolled(w);
	ok(world_reseal(w));
	assert_int_equal(w->report.forecast.warning_count, 1);
	assert_string_equal(w->report.forecast.warning[0].what, "/etc/fstab, /home");
}

/*
 * The key that moves the policy would lie on the disk in the clear, and with it the TPM unlocks any boot.
 */
static void state_beside_the_root(void **state)
{
	struct world *w = *state;

	world_shell(w, "cp proc/self/mountinfo proc/self/all; "
		       "echo '30 20 254:9 / /var rw - ext4 /dev/vda9 rw' >>proc/self/mountinfo");
	assert_int_equal(world_enroll(w), -EOPNOTSUPP);
	err_names(w, "/var/lib/bootseal is on /var (/dev/vda9)");
	world_shell(w, "mv proc/self/all proc/self/mountinfo; echo '/dev/vda8 partition 1 0 -2' >proc/swaps; "
		       "mkdir -p sys/class/block");
	assert_int_equal(world_enroll(w), -EOPNOTSUPP);
	err_names(w, "the swap /dev/vda8 is not encrypted");
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/var/lib/bootseal/authority.pem"));
	world_shell(w, "rm proc/swaps");
	enrolled(w);
}

/*
 * He takes back the list of what Secure Boot forbids. The owner types the passphrase, because all the files
 * are his own, and then apt runs a hook.
 */
static void variables_are_not_sealed_after_a_prompt(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mkdir firmware && printf '\\6\\0\\0\\0' > "
		       "firmware/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
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

static bool has_path_with(const struct world *w, const char *word)
{
	for (size_t i = 0; i < w->report.forecast.path_count; i++)
		if (strstr(w->report.forecast.path[i].cmdline, word))
			return true;
	return false;
}

/* A menu entry of just that title. */
static void entry_left_out(const struct world *w, const char *what, const char *why)
{
	const struct forecast *f = &w->report.forecast;

	for (size_t i = 0; i < f->left_out_count; i++)
		if (strcmp(f->left_out[i].what, what) == 0 && strstr(f->left_out[i].why, why))
			return;
	fail_msg("%s is not left out because of %s", what, why);
}

/*
 * grub-mkconfig (10_linux) takes the kernels' names from /boot as they are: a file called like GRUB's
 * commands is one of them in grub.cfg. So a name that no package gives ends every reseal.
 */
static void name_with_commands(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "echo x >'boot/vmlinuz-9;$saved_entry;$menu_show_once;x=1'");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/vmlinuz-9;$saved_entry;$menu_show_once;x=1: a name that no package gives");
	assert_int_equal(world_reseal_with(w, &accept), -ECANCELED);
	world_shell(w, "rm boot/vmlinuz-9*");
	ok(world_reseal(w));
}

/*
 * grub-mkconfig confirms also what os-prober has copied from another disk, which is the attacker's: an entry
 * with the true kernel, the true initrd and his own command line.
 */
static void command_line_of_another_disk(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "cat >>usr/sbin/grub-mkconfig <<'END'\n"
		       "echo \"menuentry 'Debian (on /dev/sdb1)' --id osprober {\"\n"
		       "echo 'linux /vmlinuz-" WORLD_OLD
		       " root=/dev/mapper/cryptroot ro systemd.run=/bin/sh'\n"
		       "echo 'initrd /initrd.img-" WORLD_OLD "'\n"
		       "echo '}'\n"
		       "END\n"
		       "chroot . /usr/sbin/kernel grub");
	ok(world_reseal(w));
	/* nobody sealed it before: it is left out by its name, and refuses nothing */
	assert_false(w->report.partly);
	entry_left_out(w, "Debian (on /dev/sdb1)", "systemd.run=/bin/sh");
	assert_false(has_path_with(w, "systemd.run"));
	boots(w, "osprober", WORLD_ASKS);
	boots(w, NULL, WORLD_OPENED);
}

/* What the owner writes where GRUB's settings are is sealed without a question. */
static void command_line_of_the_owner(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX "
		       "console=ttyS0,115200\"' >etc/default/grub.d/50-cloud.cfg; echo "
		       "'GRUB_CMDLINE_LINUX_DEFAULT=console=ttyS0,115200' >etc/default/grub; chroot . "
		       "/usr/sbin/kernel grub");
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	/* and what stands nowhere else he must accept himself, once */
	world_shell(w, "sed -i 's/ro console/ro panic=30 console/' usr/sbin/grub-mkconfig "
		       "boot/grub/grub.cfg; sed -i 's/ro [$]4/ro panic=30 $4/' usr/sbin/grub-mkconfig; "
		       "chroot . /usr/sbin/kernel grub");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "'panic=30'");
	ok(world_reseal_with(w, &accept));
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	ok(world_reseal(w));
}

/* A line of the manifest in a file's name: accepting that file would accept a second one. */
static void name_with_a_line_of_the_manifest(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;
	char *manifest;

	enrolled(w);
	/* on a file system whose names nobody hands to a shell */
	world_shell(w, "sed 's/NUMBER=2/NUMBER=4/; s/ID=[0-9a-f]*-/ID=00000000-/' 'run/udev/data/b254:2' "
		       ">'run/udev/data/b254:4'; echo '23 21 254:4 / /boot/data rw - ext4 /dev/vda4 rw' "
		       ">>proc/self/mountinfo");
	world_shell(w, "mkdir -p \"$(printf 'boot/data/x\\nfile %%064d 1 - - ' 0)\" && cd \"$(printf "
		       "'boot/data/x\\nfile %%064d 1 - - ' 0)\" && mkdir boot && echo >boot/zz");
	world_shell(w, "n=\"$(printf '(hd0,gpt4)/x\\nfile %%064d 1 - - /boot/zz' 0)\"; "
		       "printf 'source \"%%s\"\\n' "
		       "\"$n\" >boot/new; cat boot/grub/grub.cfg >>boot/new; mv boot/new boot/grub/grub.cfg");
	/* with another disk before it there is no such file, and that boot path stays */
	ok(world_reseal_with(w, &accept));
	assert_true(w->report.partly);
	refused(w, "/boot/data/x?file 00", "control characters");
	manifest = world_read(w, "/var/lib/bootseal/manifest", NULL);
	assert_null(strstr(manifest, "/boot/zz"));
	free(manifest);
}

static void is_printable(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || (unsigned char)*p == 0x9b)
			fail_msg("byte %02x: %s", (unsigned char)*p, text);
}

static void are_printable(const struct forecast_note *note, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		is_printable(note[i].what);
		is_printable(note[i].why);
	}
}

/*
 * Root reads what the tools say, on a terminal: names of files and menu entries that he wrote must not be
 * orders to it.
 */
static void names_do_not_steer_the_terminal(void **state)
{
	static const char cfg[] =
		"menuentry 'x\033]0;title\a \xc2\x9b"
		"2J' { linux /vmlinuz-" WORLD_OLD
		" root=/dev/mapper/cryptroot 'evil=\033[2J'; initrd '(hd0,gpt1)/x\033[31m'; }\n"
		"menuentry 'y\033[8m' { linux '(hd0,gpt1)/vmlinuz-\r\033[2K'; initrd /initrd.img-" WORLD_OLD
		"; }\n"
		"menuentry 'z' { configfile '/\033c'; }\n";
	const struct reseal_options ways[] = { { .dry_run = true },
					       { .accept_current = true },
					       { .dry_run = false } };
	struct world *w = *state;
	char *state_file;

	enrolled(w);
	world_shell(w, "cp boot/initrd.img-" WORLD_OLD
		       " \"$(printf 'boot/efi/x\\033[31m')\"; cp boot/vmlinuz-" WORLD_OLD
		       " \"$(printf 'boot/efi/vmlinuz-\\r\\033[2K')\"");
	world_write(w, "/boot/grub/grub.cfg", cfg, sizeof(cfg) - 1);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct forecast *f = &w->report.forecast;

		world_reseal_with(w, &ways[i]);
		is_printable(w->err.text);
		if (f->left_out_count + f->refused_count == 0)
			fail_msg("%s", w->err.text);
		are_printable(f->left_out, f->left_out_count);
		are_printable(f->refused, f->refused_count);
		are_printable(f->accepted, f->accepted_count);
		for (size_t k = 0; k < f->path_count; k++) {
			is_printable(f->path[k].label);
			is_printable(f->path[k].kernel);
			is_printable(f->path[k].initrd);
			is_printable(f->path[k].cmdline);
		}
	}
	state_file = world_read(w, "/var/lib/bootseal/state.json", NULL);
	assert_null(strstr(state_file, "u001b"));
	free(state_file);
}

/*
 * GRUB reads the link's target inside /boot, so everything measures as before and the TPM unlocks; the
 * running system would follow the link into the root, and the next update-grub would write there.
 */
static void links_out_of_boot(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;
	struct foreign f;

	enrolled(w);
	world_shell(w, "mkdir -p boot/etc/profile.d && mv boot/grub/grub.cfg boot/etc/profile.d/zz.sh && "
		       "ln -s /etc/profile.d/zz.sh boot/grub/grub.cfg");
	boots(w, NULL, WORLD_OPENED);
	ok(notice_update(&w->machine, &w->err));
	ok(foreign_find(&w->machine, &w->err, &f));
	assert_int_equal(f.count, 1);
	assert_string_equal(f.named[0], "/boot/grub/grub.cfg: a symbolic link");
	world_shell(w, "grep -q 'DOES NOT BELONG.*/boot/grub/grub.cfg' run/motd.d/bootseal");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg: a symbolic link");
	assert_int_equal(world_reseal_with(w, &accept), -ECANCELED);
	assert_int_equal(world_enroll(w), -ECANCELED);
	world_shell(w, "rm boot/grub/grub.cfg && mv boot/etc/profile.d/zz.sh boot/grub/grub.cfg && "
		       "rm -r boot/etc");
	ok(world_reseal(w));
	world_shell(w, "test ! -e run/motd.d/bootseal");
}

/* A second disk with the header's copy, and so its UUID: what is written goes to the volume that is open. */
static void disk_with_the_volumes_uuid(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "cp dev/vda3 dev/sdb && cp dev/vda3 before && "
		       "ln -sfn ../../sdb dev/disk/by-uuid/5ea1*");
	ok(world_install_kernel(w, WORLD_NEW));
	/* its boot needs the link to the volume, as when the other disk is taken out again */
	world_shell(w, "cmp dev/sdb before && ! cmp -s dev/vda3 before && rm dev/sdb && "
		       "ln -sfn ../../vda3 dev/disk/by-uuid/5ea1*");
	boots(w, NULL, WORLD_OPENED);
}

/*
 * Files without data cost him nothing. They cost a reseal neither the machine's memory, nor its time, nor the
 * boot paths of the others.
 */
static void files_that_fill_memory(void **state)
{
	struct world *w = *state;
	long before;

	enrolled(w);
	ok(world_reseal(w));
	before = peak_mib();
	world_shell(w, "cd boot; for i in 1 2 3 4 5; do for f in vmlinuz initrd.img; do printf MZ >$f-0.$i; "
		       "truncate -s 30M $f-0.$i; done; done; truncate -s 1000M vmlinuz-0.1; "
		       "truncate -s 1000G initrd.img-0.2; cd ..; chroot . /usr/sbin/kernel grub");
	ok(world_reseal(w));
	peak_grew_by(before, 0, 100); /* of 270 MiB that are short enough */
	assert_true(w->report.default_covered);
	left_out(w, "", "/boot/vmlinuz-0.5: PE image");
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(missing_configurations_are_named),
		world_test(variables_are_not_sealed_after_a_prompt),
		world_test(name_with_commands),
		world_test(command_line_of_another_disk),
		world_test(command_line_of_the_owner),
		world_test(name_with_a_line_of_the_manifest),
		world_test(names_do_not_steer_the_terminal),
		world_test(usr_by_uuid_is_not_enrolled),
		world_test(links_out_of_boot),
		world_test(state_beside_the_root),
		world_test(files_that_fill_memory),
		world_test(disk_with_the_volumes_uuid),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
