/* Roots on layers of devices, LVM, RAID and btrfs: each disk below has to be of an enrolled volume. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "targets_sample.h"

#define TWO_LINES "vda3_crypt UUID=a none luks,discard\nmore UUID=b none luks\n"

/* The device lies on that one, too. */
static void put_on(const struct targets_sample *s, const char *device, const char *name, const char *number)
{
	char path[PATH_MAX + 256], text[64];

	snprintf(path, sizeof(path), "%s/slaves/%s/dev", device, name);
	snprintf(text, sizeof(text), "%s\n", number);
	tree_write_text(&s->t, path, text);
}

static void drop(const struct targets_sample *s, const char *path)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s%s", s->t.root, path);
	assert_int_equal(system(command), 0);
}

/* The root's own device becomes an LV, an array...: without what it was before. */
static void make_root(const struct targets_sample *s, const char *uuid, const char *name)
{
	drop(s, s->root);
	if (!uuid)
		return;
	write_attribute(s, "dm/uuid", uuid);
	write_attribute(s, "dm/name", name);
}

static void unencrypted(void **state)
{
	const struct targets_sample *s = *state;

	make_root(s, NULL, NULL);
	put_on(s, s->root, "sda1", "8:1");
	refuses_root(s, "the root file system is not encrypted: there is nothing to enroll");
	drop(s, s->root);
	tree_write_text(&s->t, "/sys/dev/block/8:1/dev", "8:1\n");
	write_attribute(s, "dev", s->number);
	refuses_root(s, "is not encrypted");
}

/* The installers' default: root and swap in one group on one volume; then a second volume in the group. */
static void lvm_on_luks(void **state)
{
	const struct targets_sample *s = *state;
	char path[PATH_MAX + 64];

	make_root(s, "LVM-abcdefroot\n", "debian--vg-root\n");
	put_on(s, s->root, "dm-0", "254:10");
	add_volume(s, "254:10", "vda3_crypt", "vda3");
	tree_write_text(&s->t, "/etc/crypttab", TWO_LINES);
	finds_all(s, "vda3_crypt on vda3");
	put_on(s, s->root, "dm-5", "254:15");
	add_volume(s, "254:15", "more", "vdb1");
	finds_all(s, "more on vdb1, vda3_crypt on vda3");
	tree_write_text(&s->t, "/etc/crypttab", "vda3_crypt UUID=a none luks\n");
	snprintf(path, sizeof(path), "%s/slaves/dm-5", s->root);
	drop(s, path);
	/* a thin pool or a mirror has more levels */
	put_on(s, s->root, "dm-7", "254:7");
	tree_write_text(&s->t, "/sys/dev/block/254:7/dm/uuid", "LVM-abcdefroot-tpool\n");
	put_on(s, "/sys/dev/block/254:7", "dm-0", "254:10");
	finds_all(s, "vda3_crypt on vda3");
	/* somebody extended the group by a disk that is not encrypted */
	put_on(s, s->root, "vdc", "254:32");
	refuses_root(s, "the root file system lies on 'vdc', too, which is not encrypted");
}

static void raid_and_luks(void **state)
{
	const struct targets_sample *s = *state;

	/* RAID on two volumes */
	make_root(s, NULL, NULL);
	put_on(s, s->root, "dm-0", "254:10");
	put_on(s, s->root, "dm-1", "254:15");
	add_volume(s, "254:10", "vda3_crypt", "vda3");
	add_volume(s, "254:15", "more", "vdb3");
	tree_write_text(&s->t, "/etc/crypttab", TWO_LINES);
	finds_all(s, "more on vdb3, vda3_crypt on vda3");
	/* LUKS on a RAID: one volume */
	make_root(s, "LVM-abcdefroot\n", "vg-root\n");
	put_on(s, s->root, "dm-0", "254:10");
	drop(s, "/sys/dev/block/254:10");
	add_volume(s, "254:10", "vda3_crypt", "md!raid");
	tree_write_text(&s->t, "/sys/dev/block/8:1/slaves/sda1/dev", "8:2\n");
	finds_all(s, "vda3_crypt on raid");
	/* a volume in a volume */
	tree_write_text(&s->t, "/sys/dev/block/8:1/dm/uuid", "LVM-xyz\n");
	tree_write_text(&s->t, "/sys/dev/block/8:1/slaves/dm-1/dev", "254:15\n");
	refuses_root(s, "the volume 'vda3_crypt' lies in another encrypted volume");
}

/* The anchor of what the machine has now; then of the first volume alone. */
static void require_enrolled(const struct targets_sample *s, const char *words)
{
	struct error err = ERROR_NONE;
	struct anchor a;

	assert_int_equal(targets_anchor(&s->t.machine, &err, &a), 0);
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), 0);
	a.target_count = 1;
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), -EOPNOTSUPP);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" is not in: %s", words, err.text);
}

/*
 * btrfs joins every device that has the file system's UUID, and bootseal-unlock looks at each of them.
 */
static void several_volumes(void **state)
{
	const struct targets_sample *s = *state;
	struct error err = ERROR_NONE;
	struct anchor a;

	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-0/dev", s->number);
	tree_write_text(&s->t, "/sys/fs/btrfs/bbbb/devices/dm-7/dev", "254:7\n");
	finds(s, "cryptroot");
	assert_int_equal(targets_anchor(&s->t.machine, &err, &a), 0);
	assert_string_equal(a.target[0].uuid, "5ea1ab1e-0000-4000-8000-000000000001");
	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-1/dev", "254:15\n");
	refuses_root(s, "the root file system lies on 'dm-1', too, which is not encrypted");
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), -EOPNOTSUPP);
	add_volume(s, "254:15", "more", "vdb1");
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "more UUID=b none luks\n");
	finds_all(s, "cryptroot on vda3, more on vdb1");
	require_enrolled(s, "lies on the volume 'more', which is not enrolled");
	/* the enrolled name, another volume */
	a.target_count = 1;
	a.target[0].uuid[0] = '6';
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		targets_test(unencrypted),
		targets_test(lvm_on_luks),
		targets_test(raid_and_luks),
		targets_test(several_volumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
