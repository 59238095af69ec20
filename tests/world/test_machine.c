/* A whole machine, from enrolment on, in the order in which things happen to it. */
#include "machine/outlook.h"
#include "machine/record/lock.h"
#include "machine/transaction.h"
#include "machine/trust/vouch_initrd.h"
#include "seal/tpm.h"
#include "outcome.h"
#include "steps.h"

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
	refused(w, initrd_of(WORLD_NEW), "");
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
	refused(w, "/boot/efi/EFI/BOOT/BOOTX64.EFI", "");
	world_shell(w, "cp usr/share/world/shim usr/lib/shim/shimx64.efi.signed");
	ok(world_reseal(w));
	assert_true(w->report.default_covered && w->report.changed);
	boots(w, NULL, WORLD_OPENED);
	ok(world_reseal(w));
	assert_false(w->report.changed);
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
		world_test(purged_kernel_put_back),
		world_test(dry_run_writes_nothing),
		world_test(concurrent_reseals),
		world_test(shim_upgrade),
		world_test(removed),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
