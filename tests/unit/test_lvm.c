/* The devices file of LVM in the initrd: enrolled volumes only, and no group that has another disk. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "machine/system/lvm.h"
#include "tree.h"

#define CRYPT "CRYPT-LUKS2-5ea1ab1e000040008000000000000001-vda3_crypt"
#define DISK "  debian-vg\t/dev/mapper/vda3_crypt\tKbXjzC-0000-0000-0000-0000-0000-abcdef\n"

static struct tree t;
static struct anchor anchor;

static void line(const char *device, const char *name, const char *text)
{
	tree_write_device(&t, device, name, text);
}

/* A stand-in for lvm(8), which is found first. */
static void be_lvm(void)
{
	char path[PATH_MAX], *before = strdup(getenv("PATH"));
	struct buffer all = BUFFER_NONE;

	tree_write_text(&t, "/pvs", DISK);
	tree_path(&t, "/pvs", path);
	setenv("PVS", path, 1);
	tree_write_text(&t, "/bin/lvm", "#!/bin/sh\nexec cat \"$PVS\"\n");
	tree_path(&t, "/bin/lvm", path);
	assert_int_equal(chmod(path, 0755), 0);
	tree_path(&t, "/bin", path);
	buffer_addf(&all, "%s:%s", path, before);
	setenv("PATH", buffer_str(&all), 1);
	buffer_free(&all);
	free(before);
}

static int setup(void **state)
{
	tree_make(&t);
	anchor = (struct anchor){ .target_count = 1 };
	strcpy(anchor.target[0].name, "vda3_crypt");
	strcpy(anchor.target[0].uuid, "5ea1ab1e-0000-4000-8000-000000000001");
	line("254:0", "dm/uuid", CRYPT "\n");
	line("254:0", "dm/name", "vda3_crypt\n");
	line("254:0", "slaves/vda3/dev", "8:3\n");
	line("254:1", "dm/uuid", "LVM-abc\n");
	line("254:1", "dm/name", "debian--vg-root\n");
	line("254:1", "slaves/dm-0/dev", "254:0\n");
	be_lvm();
	return 0;
}

static int teardown(void **state)
{
	tree_remove(&t);
	return 0;
}

static void expect(const char *text)
{
	struct buffer found = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (lvm_devices(&t.machine, &anchor, &err, &found) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buffer_str(&found), text);
	buffer_free(&found);
}

#define HEAD "# made by bootseal: enrolled volumes only\nVERSION=1.1.1\n"
#define ENTRY "IDTYPE=crypt_uuid IDNAME=" CRYPT " DEVNAME=/dev/mapper/vda3_crypt " \
	      "PVID=KbXjzC00000000000000000000abcdef\n"

static void the_root_on_lvm(void **state)
{
	expect(HEAD ENTRY);
	/* groups of other disks are nobody's business in the initrd */
	tree_write_text(&t, "/pvs", DISK "  data\t/dev/sdb1\tabc\n  \t/dev/sdc\tdef\n");
	expect(HEAD ENTRY);
}

static void no_list(void **state)
{
	/* LUKS on LVM */
	line("8:3", "dm/uuid", "LVM-xyz\n");
	expect("");
	line("8:3", "dm/uuid", "mpath-xyz\n");
	expect(HEAD ENTRY);
	line("8:3", "slaves/dm-9/dev", "254:9\n");
	line("254:9", "dm/uuid", "LVM-xyz\n");
	expect("");
	line("254:9", "dm/uuid", "mpath-xyz\n");
	/* a group on an array of enrolled volumes: the array has no such name */
	line("9:127", "slaves/dm-0/dev", "254:0\n");
	tree_write_text(&t, "/dev/md127", "");
	tree_write_text(&t, "/sys/class/block/md127/dev", "9:127\n");
	tree_write_text(&t, "/pvs", "  debian-vg\t/dev/md127\tabc\n");
	expect("");
	/* no LVM at all: it is not even asked */
	line("254:1", "dm/uuid", "CRYPT-PLAIN-x\n");
	tree_write_text(&t, "/bin/lvm", "#!/bin/sh\nexit 1\n");
	expect("");
}

static void a_disk_in_the_clear(void **state)
{
	struct buffer found = BUFFER_NONE;
	struct error err = ERROR_NONE;

	tree_write_text(&t, "/pvs", DISK "  debian-vg\t/dev/sdb1\tabc\n");
	assert_int_equal(lvm_devices(&t.machine, &anchor, &err, &found), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "group 'debian-vg' has the disk '/dev/sdb1', which is not on an"));
	assert_string_equal(buffer_str(&found), "");
	tree_write_text(&t, "/bin/lvm", "#!/bin/sh\necho broken >&2; exit 5\n");
	assert_int_equal(lvm_devices(&t.machine, &anchor, &err, &found), -EPIPE);
	assert_non_null(strstr(err.text, "broken"));
}

/* A second encrypted disk: it can be enrolled, too. */
/* After a pvmove: Debian 13 closes a volume of the initramfs that nothing uses any more. */
static void a_disk_that_is_gone(void **state)
{
	struct buffer found = BUFFER_NONE;
	struct error err = ERROR_NONE;

	tree_write_text(&t, "/pvs", DISK "  debian-vg\t[unknown]\tabc\n");
	assert_int_equal(lvm_devices(&t.machine, &anchor, &err, &found), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "group 'debian-vg' has a disk that is not there"));
	assert_non_null(strstr(err.text, "'vgreduce --removemissing debian-vg'"));
	assert_null(strstr(err.text, "unknown"));
	assert_string_equal(buffer_str(&found), "");
}

static void another_volume(void **state)
{
	struct buffer found = BUFFER_NONE;
	struct error err = ERROR_NONE;

	line("254:2", "dm/uuid", "CRYPT-LUKS2-5ea1ab1e000040008000000000000002-more_crypt\n");
	line("254:2", "dm/name", "more_crypt\n");
	tree_write_text(&t, "/pvs", DISK "  debian-vg\t/dev/mapper/more_crypt\tabc\n");
	assert_int_equal(lvm_devices(&t.machine, &anchor, &err, &found), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "'/dev/mapper/more_crypt', which is not on an enrolled volume"));
	assert_non_null(strstr(err.text, "option 'initramfs' in /etc/crypttab and run 'bootseal enroll'"));
	tree_write_text(&t, "/pvs", DISK "  debian-vg\t/dev/sdb1\tabc\n");
	assert_int_equal(lvm_devices(&t.machine, &anchor, &err, &found), -EOPNOTSUPP);
	assert_null(strstr(err.text, "initramfs"));
	assert_string_equal(buffer_str(&found), "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { TEST(the_root_on_lvm), TEST(no_list), TEST(a_disk_in_the_clear),
					   TEST(a_disk_that_is_gone), TEST(another_volume) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
