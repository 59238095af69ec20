/* `bootseal report`: one file, in which somebody elsewhere sees what the machine sees, and no secret. */
#include "world.h"

#include "../unit/root_door.h"
#include "base/file.h"
#include "machine/collect.h"

static struct door door;

static void must_say(const char *dir, const char *words, int code, const char *text)
{
	int got = door_run(&door, dir, words);

	if (got != code || !door_said(&door, text))
		fail_msg("%s: %d: %s", words, got, buffer_str(&door.said));
}

/* Makes a report of the machine and unpacks it; ret: the tree. */
static void unpack(struct world *w, char ret[static 128], char ret_pcrs[static 192])
{
	struct collected found;
	char file[128];

	snprintf(file, sizeof(file), "%.60s/report.tgz", w->dir);
	if (collect_archive(&w->machine, w->swtpm.tcti, file, &w->err, &found) < 0)
		fail_msg("%s", w->err.text);
	assert_true(found.files > 20 && found.digests >= 1);
	world_host("tar -C %s -xzf %s && test $(stat -c %%a %s) = 600 && chmod a+x %s %s/.. && "
		   "chmod -R a+rX %s/bootseal-report", w->dir, file, file, w->dir, w->dir, w->dir);
	snprintf(ret, 128, "%.60s/bootseal-report", w->dir);
	snprintf(ret_pcrs, 192, "%.120s" COLLECT_PCRS, ret);
}

static void is_seen_elsewhere(void **state)
{
	char dir[128], pcrs[192], words[300];
	struct world w;

	world_new(&w);
	assert_int_equal(world_enroll(&w), 0);
	assert_int_equal(world_boot(&w, NULL), WORLD_OPENED);
	unpack(&w, dir, pcrs);
	snprintf(words, sizeof(words), "calibrate --pcrs %s", pcrs);
	must_say(dir, words, 0, "exact");
	snprintf(words, sizeof(words), "eventlog --pcrs %s", pcrs);
	must_say(dir, words, 0, "grub_cmd: ");
	must_say(dir, "predict", 0, "Linux " WORLD_OLD " (default)");
	snprintf(words, sizeof(words), "check --pcrs %s", pcrs);
	must_say(dir, words, 0, "Yes: the next boot will unlock automatically.");
	must_say(dir, words, 0, "not judged: what is in the initrds");
	/* the TPM's own words, and what was not there to be collected */
	world_host("grep -q '^property 0x105 0x' %s" COLLECT_TPM " && grep -q '^key 0x81000001 type 0x00' %s"
		   COLLECT_TPM " && grep -q '^index 0x0180b007 size 34 ' %s" COLLECT_TPM, dir, dir, dir);
	world_host("grep -q '^/report/versions: ' %s" COLLECT_MISSING, dir);
	/* an initrd that has another digest is another initrd */
	world_host("sed -i '/initrd.img-" WORLD_OLD "$/{ s/^[0-7]/8/; t; s/^./0/ }' %s/report/digests && "
		   "! test -e %s/boot/initrd.img-" WORLD_OLD, dir, dir);
	must_say(dir, "calibrate", 6, "/boot/initrd.img-" WORLD_OLD);
	world_host("echo nonsense >%s/report/digests", dir);
	must_say(dir, "calibrate", 1, "report/digests:1: ");
	world_free(&w);
}

/* Whatever may be secret, where it may be: none of it is in the archive. */
static void has_no_secret(void **state)
{
	static const char *const secrets[] = {
		WORLD_PASSPHRASE, WORLD_OLD_KEY, "000011-000022", "PRIVATE KEY", "secret of dropbear",
		"secret of cifs", "secret on boot", "secret of the firmware", "secret beside EFI",
	};
	char dir[128], pcrs[192];
	struct world w;

	world_new(&w);
	assert_int_equal(world_enroll(&w), 0);
	assert_int_equal(world_set_recovery_key(&w, WORLD_OLD_KEY), 0);
	world_write_text(&w, "/etc/fstab", "//nas/x /x cifs password=secret of cifs 0 0\n");
	world_write_text(&w, "/boot/key", "secret on boot");
	world_shell(&w, "truncate -s 1T boot/sparse");
	world_write_text(&w, "/boot/initrd.img-of-dropbear", "secret of dropbear");
	world_write_text(&w, "/boot/efi/EFI/debian/note.txt", "secret beside EFI");
	world_write_text(&w, "/sys/firmware/efi/efivars/WiFi-12345678-1234-1234-1234-123456789abc",
			 "secret of the firmware");
	unpack(&w, dir, pcrs);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		world_host("cd %s && ! grep -rqaF '%s' etc var run proc report boot/grub boot/efi sys", dir,
			   secrets[i]);
	world_host("cd %s && test ! -e dev && test ! -e var/lib/bootseal/authority.pem && "
		   "test ! -e etc/fstab && test ! -e boot/key && grep -q ' /boot/key$' report/digests && "
		   "grep -q '^/boot/sparse: too long' report/missing", dir);
	world_free(&w);
}

static size_t leftovers(void)
{
	FILE *f = popen("ls -d /var/tmp/bootseal-* 2>/dev/null | wc -l", "r");
	size_t n = 999;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%zu", &n), 1);
	pclose(f);
	return n;
}

/* No TPM, no log, no enrolment: what is there is told, and why the rest is not. */
static void of_what_is_there(void **state)
{
	size_t before = leftovers();
	struct collected found;
	char file[128];
	struct world w;

	world_new(&w);
	snprintf(file, sizeof(file), "%.60s/none/report.tgz", w.dir);
	assert_true(collect_archive(&w.machine, w.swtpm.tcti, file, &w.err, &found) < 0);
	assert_non_null(strstr(w.err.text, "none/report.tgz"));
	world_shell(&w, "rm -r sys/kernel etc/crypttab sys/class/tpm");
	snprintf(file, sizeof(file), "%.60s/report.tgz", w.dir);
	assert_int_equal(collect_archive(&w.machine, "swtpm:path=/nowhere", file, &w.err, &found), 0);
	world_host("cd %s && tar -xzf report.tgz && cd bootseal-report && test -s boot/grub/grub.cfg && "
		   "grep -q '^/sys/kernel/security/tpm0/binary_bios_measurements: ' ." COLLECT_MISSING
		   " && grep -q '^" COLLECT_PCRS ": ' ." COLLECT_MISSING
		   " && grep -q '^/etc/crypttab: ' ." COLLECT_MISSING, w.dir);
	world_free(&w);
	assert_int_equal(leftovers(), before);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_seen_elsewhere),
		cmocka_unit_test(has_no_secret),
		cmocka_unit_test(of_what_is_there),
	};
	int failed;

	door_open(&door, argv[0]);
	failed = cmocka_run_group_tests_name("report", tests, world_make_base, world_remove_base);
	door_close(&door);
	return failed;
}
