/* A whole machine on which something is damaged, missing or another one: it is named. */
#include "machine/record/boot_report.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "outcome.h"
#include "steps.h"

static void another_tpm(void **state)
{
	struct world *w = *state;

	enrolled(w);
	swtpm_stop(&w->swtpm);
	swtpm_start(&w->swtpm);
	boots(w, NULL, WORLD_ASKS);
	says(w, "no storage key");
	assert_int_equal(world_reseal(w), -EKEYREJECTED);
	err_names(w, "bootseal enroll");
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 2);
	boots(w, NULL, WORLD_OPENED);
}

static void index_gone(void **state)
{
	struct world *w = *state;
	struct tpm *t = NULL;
	struct anchor a;

	enrolled(w);
	ok(anchor_read(world_path(w, ANCHOR_PATH), &w->err, &a));
	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	ok(index_remove(t, a.index_handle, &w->err));
	tpm_close(t);
	assert_true(world_reseal(w) < 0);
	err_names(w, "index");
	assert_int_not_equal(world_boot(w, NULL), WORLD_OPENED);
	says(w, "index");
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 2);
	boots(w, NULL, WORLD_OPENED);
}

/* What is damaged or missing is named, and the policy in force still opens the next boot. */
static const struct damage {
	const char *how;  /* in the tree's root directory */
	const char *undo; /* before the next boot; "" when the boot does not need it */
	const char *names;
	int expected;
} damages[] = {
	{ "echo x >>var/lib/bootseal/manifest", "", "/var/lib/bootseal/manifest, line", -EBADMSG },
	{ "truncate -s -1 var/lib/bootseal/manifest", "", "/var/lib/bootseal/manifest, line", -EBADMSG },
	{ "echo '{' >var/lib/bootseal/state.json", "", "/var/lib/bootseal/state.json", -EBADMSG },
	{ "echo '{}' >var/lib/bootseal/state.json", "", "/var/lib/bootseal/state.json: 'version'", -EBADMSG },
	{ "sed -i 's/P/Q/' var/lib/bootseal/authority.pem", "", "/var/lib/bootseal/authority.pem", -EBADMSG },
	{ "chmod 644 var/lib/bootseal/authority.pem", "", "/var/lib/bootseal/authority.pem", -EPERM },
	{ "rm var/lib/bootseal/authority.pem", "", "/var/lib/bootseal/authority.pem", -ENOENT },
	{ "echo x >>etc/bootseal/anchor", "", "/etc/bootseal/anchor", -EBADMSG },
	{ "sed -i 's/^index 0x0180b007 000b../index 0x0180b007 000b00/' etc/bootseal/anchor", "",
	  "policy index", -EKEYREJECTED },
	{ "rm etc/bootseal/anchor", "", "/etc/bootseal/anchor", -ENODATA },
	{ "mv boot kept && mkdir boot", "rmdir boot && mv kept boot", "/boot/efi", -ENOENT },
	{ "sed -i /efi/d proc/self/mountinfo", "cp kept.mountinfo proc/self/mountinfo", "EFI partition",
	  -ENOENT },
	{ "sed -i /boot/d proc/self/mountinfo", "cp kept.mountinfo proc/self/mountinfo", "EFI partition",
	  -ENOENT },
	{ "rm sys/kernel/security/tpm0/*", "", "binary_bios_measurements", -ENODATA },
	{ "truncate -s -7 sys/kernel/security/tpm0/*", "", "event log", -EBADMSG },
	{ "rm sys/firmware/efi/efivars/*", "", "efivars", -ENOENT },
	{ "rm boot/efi/EFI/BOOT/grubx64.efi",
	  "cp usr/lib/grub/x86_64-efi-signed/* boot/efi/EFI/BOOT/grubx64.efi", "grubx64.efi", -ENOENT },
	{ "rm boot/grub/grub.cfg", "chroot . /usr/sbin/grub-mkconfig >boot/grub/grub.cfg", "default entry",
	  -ECANCELED },
	{ "mv dev/vda3 kept.vda3", "mv kept.vda3 dev/vda3", "volume", -ENODATA },
	{ "rm -r sys/class/tpm/tpm0", "", "TPM", -ECANCELED },
	{ "rm usr/lib/bootseal/bootseal-unlock", "cp kept.unlock usr/lib/bootseal/bootseal-unlock",
	  "bootseal-unlock", -ECANCELED },
	{ "rm run/udev/data/*", "cp kept.udev/* run/udev/data/", "partition", -ENOENT },
	{ "rm -r run/udev/data", "cp -r kept.udev run/udev/data", "udev", -ENOENT },
};

static void check_damage(struct world *w, const struct damage *d)
{
	int r;

	world_restore(w, "before");
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "cp proc/self/mountinfo kept.mountinfo; cp usr/lib/bootseal/bootseal-unlock "
		       "kept.unlock; cp -r run/udev/data kept.udev");
	/* something to move to, so that every part is reached */
	world_shell(w,
		    "echo GRUB_CMDLINE_LINUX_DEFAULT=verbose >etc/default/grub; cp boot/grub/grub.cfg "
		    "kept.cfg; chroot . /usr/sbin/grub-mkconfig >boot/grub/grub.cfg; %s",
		    d->how);
	r = world_reseal(w);
	if (r >= 0 || (d->expected && r != d->expected) || !strstr(w->err.text, d->names))
		fail_msg("%s: %d (%s), \"%s\"", d->how, r, strerror(-r), w->err.text);
	world_shell(w, "%s; mv kept.cfg boot/grub/grub.cfg", d->undo[0] ? d->undo : ":");
	boots(w, NULL, WORLD_OPENED);
	assert_true(world_passphrase_works(w));
}

static void damage_is_named(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_save(w, "before");
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		check_damage(w, &damages[i]);
}

/* A record of the boot that cannot be read says nothing of the boot: it is named, and the boot not blamed. */
static void unreadable_report_is_named(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "mv run%s run/kept; mkdir run%s", BOOT_REPORT_PATH + 4, BOOT_REPORT_PATH + 4);
	assert_true(world_reseal(w) < 0);
	if (!strstr(w->err.text, BOOT_REPORT_PATH) || strstr(w->err.text, "did not unlock"))
		fail_msg("%s", w->err.text);
	world_shell(w, "rmdir run%s; mv run/kept run%s", BOOT_REPORT_PATH + 4, BOOT_REPORT_PATH + 4);
	ok(world_reseal(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(another_tpm),
		world_test(index_gone),
		world_test(damage_is_named),
		world_test(unreadable_report_is_named),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
