/* Partitions as udev recorded them, and where they are mounted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "machine/system/partitions.h"
#include "tree.h"

static void records_and_mounts(void **state)
{
	struct error err = ERROR_NONE;
	struct partitions all;
	struct tree t;

	tree_make(&t);
	tree_write_text(&t, "/run/udev/data/b8:2",
			"S:disk/by-label/x\nE:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_NUMBER=2\n"
			"E:ID_PART_ENTRY_DISK=8:0\nE:ID_PART_ENTRY_UUID=aa\nE:ID_FS_TYPE=ext4\nE:ID_FS_LABEL="
			"boot\n");
	tree_write_text(&t, "/run/udev/data/b8:1",
			"E:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_DISK=8:0\nE:ID_PART_ENTRY_UUID=BB\n"
			"E:ID_FS_UUID=a UUID that is much longer than any that a file system has\n");
	tree_write_text(&t, "/run/udev/data/b8:0", "E:ID_FS_TYPE=none\n");
	tree_write_text(&t, "/run/udev/data/n1", "E:ID_PART_ENTRY_NUMBER=3\n");
	/* the kernel writes three digits behind a backslash; nothing else is one of its escapes */
	tree_write_text(&t, "/proc/self/mountinfo",
			"1 1 8:1 / /a\\040b\\134\\1 rw - vfat x rw\n"
			"2 1 8:2 /sub /mnt rw - ext4 x rw\n3 1 8:2 / /boot rw - ext4 x rw\n4 1 8:2 / /again "
			"rw - ext4 x rw\n"
			"5 1 8:9 / /\\04 rw - ext4 x rw\nshort\n");
	assert_int_equal(partitions_read(&t.machine, &err, &all), 0);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.at[0].number, 1);
	assert_string_equal(all.at[0].mount, "/a b\\\\1");
	assert_string_equal(all.at[0].fs_uuid, "");
	assert_string_equal(all.at[1].fs, "ext4");
	assert_string_equal(all.at[1].fs_label, "boot");
	assert_ptr_equal(partition_by_mount(&all, "/boot"), &all.at[1]);
	assert_null(partition_by_mount(&all, "/mnt"));
	assert_ptr_equal(partition_by_uuid(&all, "bb"), &all.at[0]);
	partitions_free(&all);
	tree_remove(&t);
}

/* A copy of the disk is plugged in, and is found before it or after it. */
static void mounted_one_of_copies(void **state)
{
	struct partitions all;
	struct error err = ERROR_NONE;
	struct tree t;

	tree_make(&t);
	for (int major = 7; major <= 9; major++) {
		char path[64];

		snprintf(path, sizeof(path), "/run/udev/data/b%d:1", major);
		tree_write_text(&t, path, "E:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_UUID=aa\n");
	}
	for (unsigned int mounted = 7; mounted <= 9; mounted++) {
		char line[64];

		snprintf(line, sizeof(line), "1 1 %u:1 / /boot/efi rw - vfat x rw\n", mounted);
		tree_write_text(&t, "/proc/self/mountinfo", line);
		assert_int_equal(partitions_read(&t.machine, &err, &all), 0);
		assert_int_equal(all.n, 3);
		assert_int_equal(partition_by_uuid(&all, "aa")->major, mounted);
		partitions_free(&all);
	}
	tree_remove(&t);
}

/* A copy of the LUKS volume is a whole disk, which has a place in no table. */
static void refused_whole_disks(void **state)
{
	struct partitions all;
	struct error err = ERROR_NONE;
	struct tree t;

	tree_make(&t);
	tree_write_text(&t, "/proc/self/mountinfo", "");
	tree_write_text(&t, "/run/udev/data/b8:3",
			"E:ID_PART_ENTRY_NUMBER=3\nE:ID_PART_ENTRY_DISK=8:0\nE:ID_FS_TYPE=crypto_LUKS\n"
			"E:ID_FS_UUID=aa\n");
	tree_write_text(&t, "/run/udev/data/b8:16", "E:ID_FS_TYPE=crypto_LUKS\nE:ID_FS_UUID=AA\n");
	tree_write_text(&t, "/run/udev/data/b253:0", "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=aa\n");
	assert_int_equal(partitions_read(&t.machine, &err, &all), 0);
	assert_int_equal(all.n, 2);
	assert_int_equal(partitions_refuse_clones(&all, "bb", &err), 0);
	assert_int_equal(partitions_refuse_clones(&all, "aa", &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "the block devices "));
	assert_non_null(strstr(err.text, "8:16"));
	partitions_free(&all);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_mounts),
		cmocka_unit_test(mounted_one_of_copies),
		cmocka_unit_test(refused_whole_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
