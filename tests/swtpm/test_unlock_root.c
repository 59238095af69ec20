/*
 * What the TPM opened is for the enrolled system only: another root beside it, or a shell, gets nothing. The
 * root is a mount that the test makes up: /proc, which has no device of its own, as btrfs, and a device node
 * that sysfs, a directory of the test's, explains.
 */
#include "unlock_world.h"

#include <limits.h>
#include <sys/sysmacros.h>

#define ROOT "254:77"

static const char *sys_of(const struct world *w, const char *device, const char *rest)
{
	static char path[128];

	snprintf(path, sizeof(path), "sys/dev/block/%s/%s", device, rest);
	for (char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(world_path(w, path), 0700);
		*at = '/';
	}
	return path;
}

/* A LUKS2 mapping as cryptsetup names it; UUID NULL: the enrolled one's. */
static void add_mapping(const struct world *w, const char *device, const char *uuid, const char *name)
{
	char hex[64] = "";
	size_t n = 0;

	if (!uuid)
		uuid = w->anchor.target[0].uuid;
	for (; *uuid; uuid++)
		if (*uuid != '-')
			hex[n++] = *uuid;
	world_write(w, sys_of(w, device, "dm/uuid"), "CRYPT-LUKS2-%s-%s\n", hex, name);
}

/* device lies on another one, among others */
static void add_layer(const struct world *w, const char *device, const char *name, const char *below)
{
	char rest[64];

	snprintf(rest, sizeof(rest), "slaves/%s/dev", name);
	world_write(w, sys_of(w, device, rest), "%s\n", below);
}

static void remove_sys(const struct world *w)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/sys", w->dir);
	assert_int_equal(system(command), 0);
}

static void setup_opened(struct world *w)
{
	world_setup(w);
	assert_int_equal(mknod(world_path(w, "node"), S_IFBLK | 0600, makedev(254, 77)), 0);
	world_write(w, "mounts",
		    "/dev/vda1 /proc ext4 rw 0 0\n%s/node /proc btrfs rw 0 0\n/dev/vda1 /boot ext4 rw 0 0\n",
		    w->dir);
	assert_int_equal(world_run(w, NULL, "open", NULL), 0);
	assert_true(world_has(w, "run/opened"));
}

/* The volume would still be open if there were a mapping: what is closed again is not open any more. */
static void refuses(struct world *w)
{
	world_write(w, "run/opened", "\n");
	assert_int_equal(world_run(w, NULL, "root", "/proc"), 8);
	says(w, "the disk may have been replaced");
	assert_false(world_has(w, "run/opened"));
}

static void test_enrolled_root(void **state)
{
	struct world w;

	setup_opened(&w);
	add_mapping(&w, ROOT, NULL, "root");
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	assert_true(world_has(&w, "run/opened"));
	world_teardown(&w);
}

static void test_plain_disk_with_its_uuid(void **state)
{
	struct world w;

	setup_opened(&w);
	refuses(&w);
	sys_of(&w, ROOT, "holders/");
	refuses(&w);
	sys_of(&w, ROOT, "slaves/");
	refuses(&w);
	world_teardown(&w);
}

static void test_other_mappings(void **state)
{
	struct world w;

	setup_opened(&w);
	add_mapping(&w, ROOT, "11111111-2222-3333-4444-555555555555", "root");
	refuses(&w);
	add_mapping(&w, ROOT, NULL, "root2");
	refuses(&w);
	world_write(&w, sys_of(&w, ROOT, "dm/uuid"), "LVM-CRYPT-LUKS2-root\n");
	refuses(&w);
	world_teardown(&w);
}

static void test_layers(void **state)
{
	struct world w;

	setup_opened(&w);
	world_write(&w, sys_of(&w, ROOT, "dm/uuid"), "LVM-abc\n");
	add_layer(&w, ROOT, "dm-0", "254:1");
	add_mapping(&w, "254:1", NULL, "root");
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	/* a volume group that has been stretched over a disk of the attacker's */
	add_layer(&w, ROOT, "sdb", "8:16");
	refuses(&w);
	remove_sys(&w);
	/* a loop is no ground to stand on */
	add_layer(&w, ROOT, "dm-0", ROOT);
	refuses(&w);
	world_teardown(&w);
}

/*
 * initramfs-tools mounts /usr, too, by what fstab calls it: a disk, or a volume that was opened at the
 * console.
 */
static void test_below_the_root(void **state)
{
	struct world w;

	setup_opened(&w);
	add_mapping(&w, ROOT, NULL, "root");
	assert_int_equal(mknod(world_path(&w, "usr"), S_IFBLK | 0600, makedev(254, 78)), 0);
	world_write(&w, "mounts", "%s/node /proc btrfs rw 0 0\n%s/usr /proc/sys btrfs rw 0 0\n", w.dir,
		    w.dir);
	refuses(&w);
	says(&w, "/proc/sys (device 254:78)");
	add_mapping(&w, "254:78", "11111111-2222-3333-4444-555555555555", "usr");
	refuses(&w);
	add_mapping(&w, "254:78", NULL, "root");
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	world_write(&w, "mounts", "%s/node /proc btrfs rw 0 0\nserver:/usr /proc/sys nfs rw 0 0\n", w.dir);
	refuses(&w);
	/* not below it */
	world_write(&w, "mounts", "%s/node /proc btrfs rw 0 0\n/dev/vda1 /proc2 ext4 rw 0 0\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	world_teardown(&w);
}

static void add_btrfs(const struct world *w, const char *name, const char *device)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "mkdir -p %s/sys/fs/btrfs/f00d/devices/%s && echo %s >%s/sys/fs/btrfs/f00d/devices/%s/dev",
		 w->dir, name, device, w->dir, name);
	assert_int_equal(system(command), 0);
}

/*
 * The kernel takes a disk of the attacker's for the second device of the root's btrfs: its UUIDs are the
 * same.
 */
static void test_second_device_of_btrfs(void **state)
{
	struct world w;

	setup_opened(&w);
	add_mapping(&w, ROOT, NULL, "root");
	add_btrfs(&w, "dm-0", ROOT);
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	add_btrfs(&w, "sdb", "8:16");
	refuses(&w);
	/* a foreign file system does not matter */
	add_btrfs(&w, "dm-0", "8:17");
	world_write(&w, "run/opened", "\n");
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	world_teardown(&w);
}

static void test_no_device(void **state)
{
	struct world w;

	setup_opened(&w);
	world_write(&w, "mounts", "server:/root /proc nfs rw 0 0\n");
	refuses(&w);
	world_remove(&w, "mounts");
	refuses(&w);
	world_write(&w, "run/opened", "\n");
	assert_int_equal(world_run(&w, NULL, "root", "/nowhere"), 8);
	world_teardown(&w);
}

/* A directory of a file system that has a device; the world itself may be in memory. */
static const char *directory_on_a_disk(dev_t *ret)
{
	static const char *const dirs[] = { "/tmp", ".", "/", "/var/tmp", "/home" };
	static char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (realpath(dirs[i], path) && stat(path, &st) == 0 && major(st.st_dev)) {
			*ret = st.st_dev;
			return path;
		}
	return NULL;
}

static void test_device_number_of_the_file_system(void **state)
{
	const char *dir;
	struct world w;
	char device[32];
	dev_t dev;

	dir = directory_on_a_disk(&dev);
	if (!dir)
		skip();
	setup_opened(&w);
	snprintf(device, sizeof(device), "%u:%u", major(dev), minor(dev));
	world_write(&w, "mounts", "/dev/vda1 /boot ext4 rw 0 0\n");
	world_write(&w, "run/opened", "\n");
	assert_int_equal(world_run(&w, NULL, "root", dir), 8);
	world_write(&w, "run/opened", "\n");
	add_mapping(&w, device, NULL, "root");
	assert_int_equal(world_run(&w, NULL, "root", dir), 0);
	world_teardown(&w);
}

/* Where a passphrase opened the volume, a person has decided. */
static void test_nothing_opened(void **state)
{
	static const uint8_t other[SHA256_LEN] = { 1 };
	struct world w;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, other);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	assert_false(world_has(&w, "run/opened"));
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 0);
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 0);
	world_teardown(&w);
}

static void test_lock(void **state)
{
	struct world w;

	setup_opened(&w);
	assert_int_equal(world_run(&w, NULL, "lock", "root"), 2);
	assert_int_equal(world_run(&w, NULL, "root", NULL), 2);
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 0);
	assert_false(world_has(&w, "run/opened"));
	/* what cannot be known cannot be left open */
	world_write(&w, "run/opened", "\n");
	world_write(&w, "anchor", "nonsense\n");
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 8);
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 8);
	world_teardown(&w);
}

/* A hibernation image is the whole machine: it is taken from an enrolled volume only. */
static void test_resume(void **state)
{
	char node[PATH_MAX];
	struct world w;

	setup_opened(&w);
	snprintf(node, sizeof(node), "%s", world_path(&w, "node"));
	assert_int_equal(world_run(&w, NULL, "resume", node), 6);
	says(&w, "no resume from hibernation");
	assert_true(world_has(&w, "run/opened"));
	add_mapping(&w, ROOT, "11111111-2222-3333-4444-555555555555", "root");
	assert_int_equal(world_run(&w, NULL, "resume", node), 6);
	add_mapping(&w, ROOT, NULL, "root");
	assert_int_equal(world_run(&w, NULL, "resume", node), 0);
	/* its node, nothing else: no character device of the same number, and no directory */
	snprintf(node, sizeof(node), "%s", world_path(&w, "character"));
	assert_int_equal(mknod(node, S_IFCHR | 0600, makedev(254, 77)), 0);
	assert_int_equal(world_run(&w, NULL, "resume", node), 6);
	snprintf(node, sizeof(node), "%s", world_path(&w, "node"));
	assert_int_equal(world_run(&w, NULL, "resume", "/proc"), 6);
	assert_int_equal(world_run(&w, NULL, "resume", "/nowhere"), 6);
	assert_int_equal(world_run(&w, NULL, "resume", NULL), 2);
	world_write(&w, "anchor", "nonsense\n");
	assert_int_equal(world_run(&w, NULL, "resume", node), 8);
	/* a passphrase opened it: as without bootseal */
	world_remove(&w, "run/opened");
	assert_int_equal(world_run(&w, NULL, "resume", node), 0);
	world_teardown(&w);
}

/* When it cannot be noted that the TPM opens a volume, it opens none. */
static void test_no_note_no_opening(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(mkdir(world_path(&w, "run"), 0700) < 0 && errno != EEXIST, 0);
	assert_int_equal(mkdir(world_path(&w, "run/opened"), 0700), 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says_not(&w, "unlocked by the TPM\n");
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enrolled_root),
		cmocka_unit_test(test_plain_disk_with_its_uuid),
		cmocka_unit_test(test_other_mappings),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_below_the_root),
		cmocka_unit_test(test_second_device_of_btrfs),
		cmocka_unit_test(test_no_device),
		cmocka_unit_test(test_device_number_of_the_file_system),
		cmocka_unit_test(test_nothing_opened),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_no_note_no_opening),
	};

	return cmocka_run_group_tests_name("root", tests, world_make_image, world_remove_image);
}
