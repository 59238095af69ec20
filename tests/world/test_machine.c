/* A whole machine, from enrolment on, in the order in which things happen to it. */
#include "steps.h"

#include "base/file.h"
#include "machine/outlook.h"
#include "machine/record/boot_report.h"
#include "machine/record/lock.h"
#include "machine/system/manifest.h"
#include "machine/transaction.h"
#include "machine/trust/vouch_initrd.h"
#include "measure/grub/env.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"

static bool notes_have(const struct forecast_note *list, size_t n, const char *what, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(list[i].what, what) && strstr(list[i].why, why))
			return true;
	return false;
}

static void refused(const struct world *w, const char *what)
{
	const struct forecast *f = &w->report.forecast;

	if (!notes_have(f->refused, f->refused_count, what, ""))
		fail_msg("%s is not refused", what);
}

static void left_out(const struct world *w, const char *what, const char *why)
{
	const struct forecast *f = &w->report.forecast;

	if (notes_have(f->left_out, f->left_out_count, what, why))
		return;
	for (size_t i = 0; i < f->left_out_count; i++)
		print_message("left out: %s: %s\n", f->left_out[i].what, f->left_out[i].why);
	fail_msg("%s is not left out because of \"%s\"", what, why);
}

static bool has_path(const struct world *w, const char *release)
{
	for (size_t i = 0; i < w->report.forecast.path_count; i++)
		if (strcmp(w->report.forecast.path[i].release, release) == 0)
			return true;
	return false;
}

static const char *initrd_of(const char *release)
{
	static char path[128];

	snprintf(path, sizeof(path), "/boot/initrd.img-%s", release);
	return path;
}

static struct state state_of(struct world *w)
{
	struct state s;

	ok(state_load(&w->machine, &w->err, &s));
	return s;
}

static void live_root(struct world *w, uint8_t ret[static SHA256_LEN])
{
	struct enrolled e = { .n = 0 };
	struct tpm *t = NULL;

	ok(enrolled_open(&w->machine, &w->err, &e));
	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	ok(policy_live(t, &e.anchor, &w->err, ret));
	tpm_close(t);
	enrolled_close(&e);
}

/* Enrolled, and booted by the TPM. */
static void enrolled(struct world *w)
{
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
}

/* And the newer kernel installed, both booted. */
static void upgraded(struct world *w)
{
	enrolled(w);
	ok(world_install_kernel(w, WORLD_NEW));
	boots(w, NULL, WORLD_OPENED);
}

static void enroll_and_boot(void **state)
{
	struct world *w = *state;
	char *calls;

	assert_int_equal(world_reseal(w), -ENODATA);
	unlink(world_path(w, "/post-update-calls"));
	ok(world_enroll(w));
	calls = world_read(w, "/post-update-calls", NULL);
	assert_non_null(strstr(calls, WORLD_OLD));
	assert_non_null(strstr(calls, " 1\n")); /* BOOTSEAL_ENROLLING */
	free(calls);
	assert_true(w->report.default_covered && !w->report.partly);
	assert_int_equal(world_keyslots(w), 2);
	left_out(w, "recovery", "");
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	assert_true(world_passphrase_works(w));
	/* again: nothing more is needed, nothing piles up */
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 2);
	boots(w, NULL, WORLD_OPENED);
}

static void wrong_passphrase(void **state)
{
	struct world *w = *state;
	struct secret wrong = SECRET_NONE;
	struct enroll_options o = { .passphrase = &wrong, .tcti = w->swtpm.tcti };

	assert_int_equal(secret_new(5, &wrong), 0);
	assert_int_equal(enroll_run(&w->machine, &o, &w->err, &w->report), -ECANCELED);
	err_names(w, "/dev/vda3");
	secret_free(&wrong);
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/etc/bootseal/anchor"));
}

static void kernel_upgrade(void **state)
{
	struct world *w = *state;
	struct state s;

	enrolled(w);
	ok(world_install_kernel(w, WORLD_NEW));
	assert_true(w->report.default_covered && !w->report.partly);
	assert_true(has_path(w, WORLD_OLD) && has_path(w, WORLD_NEW));
	s = state_of(w);
	assert_false(s.failed);
	assert_int_equal(s.branch_count, w->report.forecast.path_count);
	boots(w, NULL, WORLD_OPENED);
	assert_non_null(strstr(world_entry(WORLD_NEW), WORLD_NEW));
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	boots(w, world_entry(WORLD_NEW), WORLD_OPENED);
	/* nothing to do is nothing written */
	ok(world_reseal(w));
	assert_false(w->report.changed);
}

static void recovery_asks(void **state)
{
	struct world *w = *state;
	char entry[256];

	enrolled(w);
	snprintf(entry, sizeof(entry), "%s", world_entry(WORLD_OLD));
	memcpy(strstr(strchr(entry, '>'), "advanced"), "recovery", 8);
	boots(w, entry, WORLD_ASKS);
	says(w, "PCR 8");
	boots(w, NULL, WORLD_OPENED);
}

static void old_initrd_changed_offline(void **state)
{
	struct world *w = *state;

	upgraded(w);
	world_shell(w, "chroot . /usr/sbin/update-initramfs -u -k %s && rm post-update-calls", WORLD_OLD);
	boots(w, NULL, WORLD_OPENED);
	ok(world_update_initramfs(w, WORLD_NEW));
	assert_true(w->report.partly && w->report.default_covered);
	refused(w, initrd_of(WORLD_OLD));
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

static void purged_kernel_put_back(void **state)
{
	struct world *w = *state;

	upgraded(w);
	world_shell(w, "mkdir kept && cp -a boot dev/vda3 kept/");
	ok(world_purge_kernel(w, WORLD_OLD));
	assert_false(has_path(w, WORLD_OLD));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "rm -rf boot && cp -a kept/boot . && cat kept/vda3 >dev/vda3");
	boots(w, world_entry(WORLD_OLD), WORLD_ASKS);
	boots(w, NULL, WORLD_ASKS);
}

static void grub_cfg_edited(void **state)
{
	struct world *w = *state;
	struct state s;

	enrolled(w);
	world_shell(w, "cp boot/grub/grub.cfg kept && echo 'set x=y' >>boot/grub/grub.cfg");
	assert_int_equal(world_reseal(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg");
	refused(w, "/boot/grub/grub.cfg");
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
	refused(w, path);
	boots(w, NULL, WORLD_ASKS);
}

/*
 * Everything that a write could have changed: names, contents, times; the volume and the index beside them.
 */
static char *fingerprint(struct world *w)
{
	uint8_t root[SHA256_LEN];
	char *files, *all;

	world_shell(w, "{ find . -path ./run/initramfs -prune -o -path ./fingerprint -prune -o -printf '%%p "
		       "%%m %%T@\\n'; find . -path ./run/initramfs -prune -o -type f ! -name fingerprint "
		       "-exec sha256sum {} +; } | sort >fingerprint");
	files = world_read(w, "/fingerprint", NULL);
	live_root(w, root);
	assert_true(asprintf(&all, "%s%02x%02x%02x%02x", files, root[0], root[1], root[2], root[3]) > 0);
	free(files);
	return all;
}

static void dry_run_writes_nothing(void **state)
{
	const struct reseal_options dry = { .dry_run = true };
	struct world *w = *state;
	char *before, *after;

	enrolled(w);
	world_kernel_unseen(w, "install", WORLD_NEW);
	/* the lock file is there since the enrolment; a boot has cleared /run */
	close(open(world_path(w, "/run/bootseal/lock"), O_WRONLY | O_CREAT, 0600));
	before = fingerprint(w);
	ok(world_reseal_with(w, &dry));
	refused(w, initrd_of(WORLD_NEW));
	after = fingerprint(w);
	/* the directory of the machine itself is touched by the fingerprint */
	assert_string_equal(strchr(before, '\n'), strchr(after, '\n'));
	free(before);
	free(after);
}

/*
 * Each in a process of its own; the exit code tells whether the policy moved (1) or was in force already (0).
 */
static pid_t start_reseal(struct world *w)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(world_reseal(w) < 0 ? 99 : w->report.changed);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A process that has the lock when this returns, and keeps it for a while. */
static pid_t hold_lock(struct world *w)
{
	int fds[2], lock;
	char c;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (state_lock(&w->machine, 0, &w->err, &lock) < 0)
			_exit(1);
		(void)!write(fds[1], "x", 1);
		nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

static void concurrent_reseals(void **state)
{
	struct world *w = *state;
	pid_t holder, one, two;
	int lock, a, b;

	enrolled(w);
	world_kernel_unseen(w, "install", WORLD_NEW);
	ok(machine_vouch_initrd(&w->machine, WORLD_NEW, initrd_of(WORLD_NEW), &w->err));
	holder = hold_lock(w);
	assert_int_equal(state_lock(&w->machine, 0, &w->err, &lock), -EBUSY);
	one = start_reseal(w);
	two = start_reseal(w);
	assert_int_equal(wait_for(holder), 0);
	a = wait_for(one);
	b = wait_for(two);
	assert_int_equal(a + b, 1);
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
}

/* apt brings a later shim, grub-install copies it; the running boot was made by the earlier one. */
static void shim_upgrade(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "cp usr/share/world/shim boot/efi/EFI/BOOT/BOOTX64.EFI");
	assert_int_equal(world_reseal(w), -ECANCELED);
	refused(w, "/boot/efi/EFI/BOOT/BOOTX64.EFI");
	world_shell(w, "cp usr/share/world/shim usr/lib/shim/shimx64.efi.signed");
	ok(world_reseal(w));
	assert_true(w->report.default_covered && w->report.changed);
	boots(w, NULL, WORLD_OPENED);
	ok(world_reseal(w));
	assert_false(w->report.changed);
}

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

static void removed(void **state)
{
	struct remove_report report;
	struct world *w = *state;

	enrolled(w);
	ok(world_remove(w, &report));
	assert_int_equal(report.volumes, 1);
	assert_false(report.index_left || report.initrds_failed);
	assert_int_equal(world_keyslots(w), 1);
	assert_true(world_passphrase_works(w));
	assert_false(world_has(w, "/etc/bootseal/anchor") || world_has(w, "/var/lib/bootseal/authority.pem"));
	boots(w, NULL, WORLD_NOT_ENROLLED);
	assert_int_equal(world_reseal(w), -ENODATA);
	assert_int_equal(world_remove(w, &report), -ENODATA);
	enrolled(w);
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

static bool warns_of(struct world *w, const char *what)
{
	struct outlook o = OUTLOOK_NONE;
	bool found = false;

	ok(outlook_make(&w->machine, w->swtpm.tcti, &w->err, &o));
	for (size_t i = 0; i < o.warning_count; i++)
		found |= strcmp(o.warning[i].what, what) == 0;
	outlook_free(&o);
	return found;
}

#define HARD "x-bootseal,nosuid,nodev,noexec,nosymfollow"

/* From enrolment on, until they are removed; and who mounts them otherwise is told. */
static void boot_file_systems_are_mounted_hard(void **state)
{
	static const char fstab[] = "UUID=a /boot ext4 defaults 0 2\nUUID=b /boot/efi vfat umask=0077 0 1\n";
	struct remove_report removed;
	struct world *w = *state;
	char *text;

	world_write_text(w, "/etc/fstab", fstab);
	world_write_text(w, "/usr/sbin/mount", "#!/bin/sh\nsed -i \"s#\\( $3 rw\\) #\\1${2#remount} #\" "
					       "/proc/self/mountinfo\n");
	world_shell(w, "chmod 755 usr/sbin/mount && cp proc/self/mountinfo soft");
	ok(world_enroll(w));
	assert_false(warns_of(w, "/boot") || warns_of(w, "/boot/efi"));
	text = world_read(w, "/etc/fstab", NULL);
	assert_string_equal(text, "UUID=a /boot ext4 defaults," HARD " 0 2\n"
				  "UUID=b /boot/efi vfat umask=0077," HARD " 0 1\n");
	free(text);
	boots(w, NULL, WORLD_OPENED);
	ok(world_install_kernel(w, WORLD_NEW));
	world_shell(w, "cp soft proc/self/mountinfo");
	assert_true(warns_of(w, "/boot") && warns_of(w, "/boot/efi"));
	ok(world_remove(w, &removed));
	text = world_read(w, "/etc/fstab", NULL);
	assert_string_equal(text, fstab);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(boot_file_systems_are_mounted_hard),
		world_test(enroll_and_boot),
		world_test(wrong_passphrase),
		world_test(kernel_upgrade),
		world_test(recovery_asks),
		world_test(old_initrd_changed_offline),
		world_test(nothing_accepted_after_a_prompt),
		world_test(purged_kernel_put_back),
		world_test(grub_cfg_edited),
		world_test(grubenv_variables),
		world_test(changed_grub_file),
		world_test(initrd_without_us),
		world_test(kernel_without_initrd),
		world_test(kernel_not_from_dpkg),
		world_test(dry_run_writes_nothing),
		world_test(concurrent_reseals),
		world_test(shim_upgrade),
		world_test(another_tpm),
		world_test(index_gone),
		world_test(removed),
		world_test(damage_is_named),
		world_test(unreadable_report_is_named),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
