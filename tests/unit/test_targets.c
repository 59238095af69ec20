/* Which volume is enrolled, and which roots are refused: in words that name what the root is on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "machine/system/targets.h"
#include "tree.h"

#define UUID "5ea1ab1e000040008000000000000001"
#define LINE "cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard\n"

struct sample {
	struct tree t;
	char root[PATH_MAX]; /* SYSFS/dev/block/MAJOR:MINOR of the root */
	char number[64];
};

static void write_attribute(const struct sample *s, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", s->root, name);
	tree_write_text(&s->t, path, text);
}

static int setup(void **state)
{
	struct sample *s = calloc(1, sizeof(*s));
	struct stat st;

	tree_make(&s->t);
	assert_int_equal(stat(s->t.root, &st), 0);
	snprintf(s->number, sizeof(s->number), "%u:%u\n", major(st.st_dev), minor(st.st_dev));
	snprintf(s->root, sizeof(s->root), "/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	write_attribute(s, "dm/uuid", "CRYPT-LUKS2-" UUID "-cryptroot\n");
	write_attribute(s, "dm/name", "cryptroot\n");
	write_attribute(s, "slaves/vda3/dev", "254:3\n");
	tree_write_text(&s->t, "/etc/crypttab", LINE);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	tree_remove(&s->t);
	free(s);
	return 0;
}

static void finds(const struct sample *s, const char *name)
{
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	if (targets_find(&s->t.machine, &err, target, &n) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(n, 1);
	assert_string_equal(target[0].name, name);
	assert_string_equal(strrchr(target[0].device, '/'), "/vda3");
}

static void refuses(const struct sample *s, const char *words)
{
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	assert_int_equal(targets_find(&s->t.machine, &err, target, &n), -EOPNOTSUPP);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" is not in: %s", words, err.text);
}

static void no_luks2(void **state)
{
	const struct sample *s = *state;

	finds(s, "cryptroot");
	write_attribute(s, "dm/uuid", "CRYPT-LUKS1-" UUID "-cryptroot\n");
	refuses(s, "'cryptroot' is LUKS1, whose header has no room");
	write_attribute(s, "dm/uuid", "CRYPT-PLAIN-cryptroot\n");
	refuses(s, "'cryptroot' is plain dm-crypt");
	write_attribute(s, "dm/uuid", "LVM-abcdef\n");
	write_attribute(s, "dm/name", "vg-root\n");
	refuses(s, "on the LVM volume 'vg-root', which is not supported yet");
	write_attribute(s, "dm/uuid", "mpath-3600\n");
	refuses(s, "on 'vg-root' (mpath-3600), not on a LUKS2 volume");
}

/* RAID over LUKS and an unencrypted root have no mapping. */
static void no_mapping(void **state)
{
	const struct sample *s = *state;
	char path[PATH_MAX + 64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/dm/%s", s->root, i == 0 ? "uuid" : "name");
		tree_unlink(&s->t, path);
	}
	refuses(s, "(RAID or the like, over 'vda3')");
	snprintf(path, sizeof(path), "%s/slaves/vda3/dev", s->root);
	tree_unlink(&s->t, path);
	snprintf(path, sizeof(path), "%s%s/slaves/vda3", s->t.root, s->root);
	assert_int_equal(rmdir(path), 0);
	refuses(s, "is not encrypted");
}

static void no_device(void **state)
{
	struct sample *s = *state;
	char from[2 * PATH_MAX], to[2 * PATH_MAX];

	snprintf(from, sizeof(from), "%s/sys/dev", s->t.root);
	snprintf(to, sizeof(to), "%s/sys/elsewhere", s->t.root);
	assert_int_equal(rename(from, to), 0);
	tree_write_text(&s->t, "/proc/self/mounts", "rpool/ROOT/debian / zfs rw 0 0\nproc /proc proc rw 0 "
						    "0\n");
	refuses(s, "the root file system is ZFS ('rpool/ROOT/debian')");
	tree_write_text(&s->t, "/proc/self/mounts", "overlay / overlay rw 0 0\n");
	refuses(s, "the root file system is overlay ('overlay')");
	tree_write_text(&s->t, "/proc/self/mounts", "");
	refuses(s, "cannot tell which device");
}

/*
 * btrfs joins every device that has the file system's UUID, and bootseal-unlock restarts because of a second.
 */
static void several_volumes(void **state)
{
	const struct sample *s = *state;
	struct error err = ERROR_NONE;

	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-0/dev", s->number);
	tree_write_text(&s->t, "/sys/fs/btrfs/bbbb/devices/dm-7/dev", "254:7\n");
	finds(s, "cryptroot");
	assert_int_equal(targets_require_one_volume(&s->t.machine, &err), 0);
	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-1/dev", "254:4\n");
	refuses(s, "on more than one volume: on 'cryptroot' and on 'dm-1', too");
	assert_int_equal(targets_require_one_volume(&s->t.machine, &err), -EOPNOTSUPP);
	tree_write_text(&s->t, "/sys/dev/block/254:4/dm/name", "cryptroot2\n");
	refuses(s, "on 'cryptroot' and on 'cryptroot2', too");
}

static void integrity(void **state)
{
	const struct sample *s = *state;

	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "SUBDEV-" UUID "-cryptroot_dif\n");
	refuses(s, "'cryptroot' has dm-integrity");
	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "CRYPT-INTEGRITY-cryptroot_dif\n");
	refuses(s, "'cryptroot' has dm-integrity");
	/* LUKS on a logical volume */
	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "LVM-abcdef\n");
	finds(s, "cryptroot");
}

/* The anchor could not hold it. */
static void name(void **state)
{
	const struct sample *s = *state;

	write_attribute(s, "dm/name", "root crypt\n");
	tree_write_text(&s->t, "/etc/crypttab", "root\\040crypt /dev/vda3 none luks\n");
	refuses(s, "is called 'root crypt': only letters, digits and +_.@=- are supported");
	write_attribute(s, "dm/name", ".root\n");
	refuses(s, "is called '.root'");
	write_attribute(s, "dm/name", "vg0-root.crypt+1\n");
	tree_write_text(&s->t, "/etc/crypttab", "vg0-root.crypt+1 /dev/vda3 none luks\n");
	finds(s, "vg0-root.crypt+1");
}

/* A file server has many lines in its crypttab: they are other disks. */
static void many_lines(void **state)
{
	const struct sample *s = *state;
	struct buffer b = BUFFER_NONE;

	for (int i = 0; i < 200; i++)
		buffer_addf(&b, "data%d UUID=00000000-0000-4000-8000-%012d /etc/keys/data luks\n", i, i);
	buffer_add_str(&b, LINE);
	tree_write_text(&s->t, "/etc/crypttab", buffer_str(&b));
	finds(s, "cryptroot");
	buffer_free(&b);
}

static void crypttab_line(void **state)
{
	const struct sample *s = *state;
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 none luks,keyscript=/x\n");
	refuses(s, "the option 'keyscript' is not supported");
	tree_write_text(&s->t, "/etc/crypttab", "other /dev/vda3 none luks\n");
	assert_int_equal(targets_find(&s->t.machine, &err, target, &n), -ENOENT);
	assert_non_null(strstr(err.text, "no line for the root's mapping 'cryptroot'"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_luks2), TEST(no_mapping), TEST(no_device),  TEST(several_volumes),
		TEST(integrity), TEST(name),	  TEST(many_lines), TEST(crypttab_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
