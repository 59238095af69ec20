/*
 * The walk over sysfs, in a made-up tree: a LUKS volume on LVM on a RAID of two partitions, and a btrfs of
 * two devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/blockdev.h"
#include "tree.h"

#define CRYPT makedev(254, 1)
#define LV makedev(254, 0)
#define RAID makedev(9, 127)
#define PART makedev(8, 1)

static struct tree t;
static char sysfs[PATH_MAX];

static void line(const char *path, const char *text)
{
	tree_write_text(&t, path, text);
}

static int setup(void **state)
{
	tree_make(&t);
	tree_path(&t, "/sys", sysfs);
	line("/sys/dev/block/254:1/dm/uuid", "CRYPT-LUKS2-0123-root\n");
	line("/sys/dev/block/254:1/dm/name", "root\n");
	line("/sys/dev/block/254:1/slaves/dm-0/dev", "254:0\n");
	line("/sys/dev/block/254:0/dm/uuid", "LVM-0123\n");
	line("/sys/dev/block/254:0/dm/name", "vg-root\n");
	line("/sys/dev/block/254:0/slaves/md!raid/dev", "9:127\n");
	line("/sys/dev/block/9:127/slaves/sda1/dev", "8:1\n");
	line("/sys/dev/block/9:127/slaves/sdb1/dev", "8:17\n");
	line("/sys/dev/block/8:1/dev", "8:1\n");
	line("/sys/class/block/sda1/dev", "8:1\n");
	line("/sys/fs/btrfs/features/x", "0\n");
	line("/sys/fs/btrfs/aaaa/devices/dm-1/dev", "254:1\n");
	line("/sys/fs/btrfs/aaaa/devices/sdc/dev", "8:32\n");
	line("/sys/fs/btrfs/bbbb/devices/sdd/dev", "8:48\n");
	return 0;
}

static int teardown(void **state)
{
	tree_remove(&t);
	return 0;
}

struct seen {
	size_t n;
	dev_t dev[8];
	char name[8][64];
	size_t stop_at; /* the call that returns 7; 0: none does */
};

static int see(void *context, dev_t dev, const char *name)
{
	struct seen *s = context;

	assert_true(s->n < 8);
	s->dev[s->n] = dev;
	snprintf(s->name[s->n], sizeof(s->name[0]), "%s", name);
	s->n++;
	return s->n == s->stop_at ? 7 : 0;
}

static bool has(const struct seen *s, dev_t dev, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->dev[i] == dev && strcmp(s->name[i], name) == 0)
			return true;
	return false;
}

static void test_names(void **state)
{
	char text[BLOCKDEV_LINE_MAX] = "untouched";
	dev_t dev = 0;

	assert_true(blockdev_exists(sysfs, CRYPT));
	assert_false(blockdev_exists(sysfs, makedev(254, 7)));
	assert_int_equal(blockdev_dm_uuid(sysfs, PART, text), -ENOENT);
	assert_string_equal(text, "untouched");
	assert_int_equal(blockdev_dm_uuid(sysfs, CRYPT, text), 0);
	assert_string_equal(text, "CRYPT-LUKS2-0123-root");
	assert_int_equal(blockdev_dm_name(sysfs, LV, text), 0);
	assert_string_equal(text, "vg-root");
	assert_int_equal(blockdev_by_dm_name(sysfs, "root", &dev), 0);
	assert_int_equal(dev, CRYPT);
	assert_int_equal(blockdev_by_dm_name(sysfs, "vg-root", &dev), 0);
	assert_int_equal(dev, LV);
	assert_int_equal(blockdev_by_dm_name(sysfs, "roo", &dev), -ENOENT);
	assert_int_equal(blockdev_by_name(sysfs, "sda1", &dev), 0);
	assert_int_equal(dev, PART);
	assert_int_equal(blockdev_by_name(sysfs, "sda", &dev), -ENOENT);
	assert_int_equal(dev, PART);
}

static void test_lines_that_are_none(void **state)
{
	char text[BLOCKDEV_LINE_MAX] = "untouched", longest[BLOCKDEV_LINE_MAX + 1];

	line("/sys/dev/block/254:1/dm/name", "\n");
	assert_int_equal(blockdev_dm_name(sysfs, CRYPT, text), -EINVAL);
	line("/sys/dev/block/254:1/dm/name", "");
	assert_int_equal(blockdev_dm_name(sysfs, CRYPT, text), -EINVAL);
	memset(longest, 'x', sizeof(longest));
	tree_write(&t, "/sys/dev/block/254:1/dm/name", longest, BLOCKDEV_LINE_MAX);
	assert_int_equal(blockdev_dm_name(sysfs, CRYPT, text), -EFBIG);
	assert_string_equal(text, "untouched");
	tree_write(&t, "/sys/dev/block/254:1/dm/name", longest, BLOCKDEV_LINE_MAX - 1);
	assert_int_equal(blockdev_dm_name(sysfs, CRYPT, text), 0);
	assert_int_equal(strlen(text), BLOCKDEV_LINE_MAX - 1);
}

static void test_slaves(void **state)
{
	struct seen s = { 0 }, raid = { 0 }, first = { .stop_at = 1 };

	assert_int_equal(blockdev_each_slave(sysfs, LV, see, &s), 0);
	assert_int_equal(s.n, 1);
	assert_true(has(&s, RAID, "md/raid"));
	assert_int_equal(blockdev_each_slave(sysfs, RAID, see, &raid), 0);
	assert_int_equal(raid.n, 2);
	assert_true(has(&raid, PART, "sda1") && has(&raid, makedev(8, 17), "sdb1"));
	assert_int_equal(blockdev_each_slave(sysfs, RAID, see, &first), 7);
	assert_int_equal(first.n, 1);
	assert_int_equal(blockdev_each_slave(sysfs, PART, see, &s), -ENOENT);
	assert_int_equal(s.n, 1);
}

/* A device is not passed over because its number cannot be read. */
static void test_a_slave_without_number(void **state)
{
	struct seen s = { 0 };

	line("/sys/dev/block/254:0/slaves/md!raid/dev", "9:\n");
	line("/sys/dev/block/254:0/slaves/sdx/size", "1\n");
	line("/sys/dev/block/254:0/slaves/sdy/dev", "8:1 8:2\n");
	assert_int_equal(blockdev_each_slave(sysfs, LV, see, &s), 0);
	assert_int_equal(s.n, 3);
	assert_true(has(&s, 0, "md/raid") && has(&s, 0, "sdx") && has(&s, 0, "sdy"));
}

static void test_companions(void **state)
{
	struct seen both = { 0 }, one = { 0 }, none = { 0 }, stopped = { .stop_at = 2 };

	assert_int_equal(blockdev_each_companion(sysfs, CRYPT, see, &both), 0);
	assert_int_equal(both.n, 2);
	assert_true(has(&both, CRYPT, "dm-1") && has(&both, makedev(8, 32), "sdc"));
	assert_int_equal(blockdev_each_companion(sysfs, makedev(8, 48), see, &one), 0);
	assert_int_equal(one.n, 1);
	assert_int_equal(blockdev_each_companion(sysfs, PART, see, &none), 0);
	assert_int_equal(none.n, 0);
	assert_int_equal(blockdev_each_companion(sysfs, CRYPT, see, &stopped), 7);
	assert_int_equal(blockdev_each_companion("/nonexistent", CRYPT, see, &none), 0);
	assert_int_equal(none.n, 0);
}

static void test_names_for_a_person(void **state)
{
	char name[BLOCKDEV_LINE_MAX], link[PATH_MAX];

	tree_path(&t, "/sys/dev/block/8:33", link);
	assert_int_equal(symlink("../../devices/pci0000:00/block/sdc/sdc1", link), 0);
	assert_int_equal(blockdev_name(sysfs, CRYPT, name), 0);
	assert_string_equal(name, "root");
	assert_int_equal(blockdev_name(sysfs, makedev(8, 33), name), 0);
	assert_string_equal(name, "sdc1");
	/* a directory, and nothing */
	assert_int_equal(blockdev_name(sysfs, PART, name), -ENOENT);
	assert_int_equal(blockdev_name(sysfs, makedev(8, 34), name), -ENOENT);
}

static void test_mounts(void **state)
{
	char mounts[PATH_MAX], node[PATH_MAX], table[3 * PATH_MAX];

	tree_path(&t, "/mounts", mounts);
	tree_path(&t, "/node", node);
	assert_int_equal(mknod(node, S_IFBLK | 0600, makedev(254, 77)), 0);
	snprintf(table, sizeof(table), "rootfs / rootfs rw 0 0\n%s / btrfs rw 0 0\n"
		 "%s /home btrfs rw 0 0\nnone /home tmpfs rw 0 0\n", node, node);
	line("/mounts", table);
	assert_true(blockdev_of_mount(mounts, "/") == makedev(254, 77));
	/* the last one covers those before it */
	assert_true(blockdev_of_mount(mounts, "/home") == 0);
	assert_true(blockdev_of_mount(mounts, "/srv") == 0);
	assert_true(blockdev_of_mount("/nonexistent", "/") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_for_a_person, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lines_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slaves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_slave_without_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_companions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mounts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
