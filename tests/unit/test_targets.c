/* Which volume is enrolled, and which roots are refused: in words that name what the root is on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
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
	refuses(s, "the volume 'cryptroot', which is LUKS1: its header has no room");
	write_attribute(s, "dm/uuid", "CRYPT-PLAIN-cryptroot\n");
	refuses(s, "the volume 'cryptroot', which is plain dm-crypt");
	write_attribute(s, "dm/uuid", "CRYPT-TCRYPT-cryptroot\n");
	refuses(s, "on 'cryptroot' (CRYPT-TCRYPT-cryptroot), which is not a LUKS2 volume");
	write_attribute(s, "dm/uuid", "CRYPT-LUKS2-cryptroot\n");
	refuses(s, "names no LUKS2 volume");
	write_attribute(s, "dm/uuid", "LVM-abcdef\n");
	write_attribute(s, "dm/name", "vg-root\n");
	refuses(s, "the root file system is not encrypted: there is nothing to enroll");
}

static void add_volume(const struct sample *s, const char *number, const char *name, const char *below)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/uuid", number);
	snprintf(text, sizeof(text), "CRYPT-LUKS2-5ea1ab1e0000400080000000000000%s-%s\n", &number[4], name);
	tree_write_text(&s->t, path, text);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/name", number);
	snprintf(text, sizeof(text), "%s\n", name);
	tree_write_text(&s->t, path, text);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/slaves/%s/dev", number, below);
	tree_write_text(&s->t, path, "8:1\n");
}

/* The device lies on that one, too. */
static void put_on(const struct sample *s, const char *device, const char *name, const char *number)
{
	char path[PATH_MAX + 256], text[64];

	snprintf(path, sizeof(path), "%s/slaves/%s/dev", device, name);
	snprintf(text, sizeof(text), "%s\n", number);
	tree_write_text(&s->t, path, text);
}

static void drop(const struct sample *s, const char *path)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s%s", s->t.root, path);
	assert_int_equal(system(command), 0);
}

/* The root's own device becomes an LV, an array...: without what it was before. */
static void make_root(const struct sample *s, const char *uuid, const char *name)
{
	drop(s, s->root);
	if (!uuid)
		return;
	write_attribute(s, "dm/uuid", uuid);
	write_attribute(s, "dm/name", name);
}

/* The names of what is found, in order. */
static void finds_all(const struct sample *s, const char *names)
{
	struct target target[TARGET_MAX];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	size_t n;

	if (targets_find(&s->t.machine, &err, target, &n) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		buffer_addf(&b, "%s%s on %s", i == 0 ? "" : ", ", target[i].name,
			    strrchr(target[i].device, '/') + 1);
	assert_string_equal(buffer_str(&b), names);
	buffer_free(&b);
}

static void unencrypted(void **state)
{
	const struct sample *s = *state;

	make_root(s, NULL, NULL);
	put_on(s, s->root, "sda1", "8:1");
	refuses(s, "the root file system is not encrypted: there is nothing to enroll");
	drop(s, s->root);
	tree_write_text(&s->t, "/sys/dev/block/8:1/dev", "8:1\n");
	write_attribute(s, "dev", s->number);
	refuses(s, "is not encrypted");
}

#define TWO_LINES "vda3_crypt UUID=a none luks,discard\nmore UUID=b none luks\n"

/* The installers' default: root and swap in one group on one volume; then a second volume in the group. */
static void lvm_on_luks(void **state)
{
	const struct sample *s = *state;
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
	refuses(s, "the root file system lies on 'vdc', too, which is not encrypted");
}

static void raid_and_luks(void **state)
{
	const struct sample *s = *state;

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
	refuses(s, "the volume 'vda3_crypt' lies in another encrypted volume");
}

/* What cryptsetup-initramfs opens beside the root. */
static void beside_the_root(void **state)
{
	const struct sample *s = *state;
	const char *with = "cryptroot on vda3, swap on vdb2";

	add_volume(s, "254:15", "swap", "vdb2");
	tree_write_text(&s->t, "/etc/crypttab", LINE "swap UUID=b none luks,swap\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-9 partition 9 0 -2\n"
					      "/dev/dm-1 partition 10 0 -3\n");
	tree_write_text(&s->t, "/dev/dm-1", "");
	tree_write_text(&s->t, "/sys/class/block/dm-1/dev", "254:15\n");
	finds_all(s, with);
	tree_write_text(&s->t, "/etc/initramfs-tools/conf.d/resume", "RESUME=none\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/etc/initramfs-tools/conf.d/resume", "RESUME=\"/dev/mapper/swap\" # here\n");
	finds_all(s, with);
	tree_write_text(&s->t, "/etc/initramfs-tools/conf.d/resume", "RESUME=/dev/mapper/other\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/proc/cmdline", "root=x noresume=1 resume=/dev/mapper/swap quiet\n");
	finds_all(s, with);
	tree_write_text(&s->t, "/proc/cmdline", "root=x resume=/dev/mapper/swap resume=/dev/sda5\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/etc/crypttab", LINE "swap UUID=b none luks,initramfs\n");
	finds_all(s, with);
	/* nobody is asked for these */
	tree_write_text(&s->t, "/etc/crypttab", LINE "swap UUID=b /etc/key luks,initramfs\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/etc/crypttab",
			LINE "swap UUID=b cryptroot luks,initramfs,keyscript=decrypt_derived\n");
	finds_all(s, "cryptroot on vda3");
	/* what cannot be enrolled is no reason to refuse the root */
	tree_write_text(&s->t, "/sys/dev/block/254:15/dm/uuid", "CRYPT-PLAIN-swap\n");
	tree_write_text(&s->t, "/etc/crypttab", LINE "swap UUID=b none luks,initramfs\n");
	finds_all(s, "cryptroot on vda3");
}

static void usr_is_needed(void **state)
{
	const struct sample *s = *state;
	char mounts[128];

	if (geteuid() != 0)
		skip();
	add_volume(s, "254:15", "more", "vdb2");
	tree_write_text(&s->t, "/etc/crypttab", LINE "more UUID=b none luks\n");
	tree_write_text(&s->t, "/dev/x", "");
	tree_unlink(&s->t, "/dev/x");
	snprintf(mounts, sizeof(mounts), "%s/dev/node", s->t.root);
	assert_int_equal(mknod(mounts, S_IFBLK | 0600, makedev(254, 15)), 0);
	tree_write_text(&s->t, "/proc/self/mounts", "/dev/node /usr ext4 rw 0 0\n");
	finds_all(s, "cryptroot on vda3, more on vdb2");
	tree_write_text(&s->t, "/sys/dev/block/254:15/dm/uuid", "LVM-usr\n");
	refuses(s, "/usr is not encrypted");
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

/* The anchor of what the machine has now; then of the first volume alone. */
static void require_enrolled(const struct sample *s, const char *words)
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
	const struct sample *s = *state;
	struct error err = ERROR_NONE;
	struct anchor a;

	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-0/dev", s->number);
	tree_write_text(&s->t, "/sys/fs/btrfs/bbbb/devices/dm-7/dev", "254:7\n");
	finds(s, "cryptroot");
	assert_int_equal(targets_anchor(&s->t.machine, &err, &a), 0);
	assert_string_equal(a.target[0].uuid, "5ea1ab1e-0000-4000-8000-000000000001");
	tree_write_text(&s->t, "/sys/fs/btrfs/aaaa/devices/dm-1/dev", "254:15\n");
	refuses(s, "the root file system lies on 'dm-1', too, which is not encrypted");
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), -EOPNOTSUPP);
	add_volume(s, "254:15", "more", "vdb1");
	tree_write_text(&s->t, "/etc/crypttab", LINE "more UUID=b none luks\n");
	finds_all(s, "cryptroot on vda3, more on vdb1");
	require_enrolled(s, "lies on the volume 'more', which is not enrolled");
	/* the enrolled name, another volume */
	a.target_count = 1;
	a.target[0].uuid[0] = '6';
	assert_int_equal(targets_require_enrolled(&s->t.machine, &a, &err), -EOPNOTSUPP);
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
	refuses(s, "cryptroot: the option keyscript in crypttab is not supported");
	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 none luks,header=/boot/header\n");
	refuses(s, "its header is detached (the option header in crypttab), which is not supported by "
		   "bootseal; 'cryptsetup luksHeaderRestore'");
	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 /etc/key luks\n");
	refuses(s, "its key file in crypttab is not supported by bootseal; write 'none' in its place");
	tree_write_text(&s->t, "/etc/crypttab", "other /dev/vda3 none luks\n");
	assert_int_equal(targets_find(&s->t.machine, &err, target, &n), -ENOENT);
	assert_non_null(strstr(err.text, "no line for the mapping 'cryptroot', which the root file system"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_luks2),	TEST(unencrypted),	TEST(no_device), TEST(several_volumes),
		TEST(integrity), TEST(name),		TEST(many_lines), TEST(crypttab_line),
		TEST(lvm_on_luks), TEST(raid_and_luks), TEST(beside_the_root), TEST(usr_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
