/* Which volume is enrolled, and which roots are refused: in words that name what the root is on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "targets_sample.h"

static void no_luks2(void **state)
{
	const struct targets_sample *s = *state;

	finds(s, "cryptroot");
	write_attribute(s, "dm/uuid", "CRYPT-LUKS1-" ROOT_UUID "-cryptroot\n");
	refuses_root(s, "the volume 'cryptroot', which is LUKS1: its header has no room");
	write_attribute(s, "dm/uuid", "CRYPT-PLAIN-cryptroot\n");
	refuses_root(s, "the volume 'cryptroot', which is plain dm-crypt");
	write_attribute(s, "dm/uuid", "CRYPT-TCRYPT-cryptroot\n");
	refuses_root(s, "on 'cryptroot' (CRYPT-TCRYPT-cryptroot), which is not a LUKS2 volume");
	write_attribute(s, "dm/uuid", "CRYPT-LUKS2-cryptroot\n");
	refuses_root(s, "names no LUKS2 volume");
	write_attribute(s, "dm/uuid", "LVM-abcdef\n");
	write_attribute(s, "dm/name", "vg-root\n");
	refuses_root(s, "the root file system is not encrypted: there is nothing to enroll");
}

/* What cryptsetup-initramfs opens beside the root. */
static void beside_the_root(void **state)
{
	const struct targets_sample *s = *state;
	const char *with = "cryptroot on vda3, swap on vdb2";

	add_volume(s, "254:15", "swap", "vdb2");
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "swap UUID=b none luks,swap\n");
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
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "swap UUID=b none luks,initramfs\n");
	finds_all(s, with);
	/* nobody is asked for these */
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "swap UUID=b /etc/key luks,initramfs\n");
	finds_all(s, "cryptroot on vda3");
	tree_write_text(&s->t, "/etc/crypttab",
			ROOT_LINE "swap UUID=b cryptroot luks,initramfs,keyscript=decrypt_derived\n");
	finds_all(s, "cryptroot on vda3");
	/* what cannot be enrolled is no reason to refuse the root */
	tree_write_text(&s->t, "/sys/dev/block/254:15/dm/uuid", "CRYPT-PLAIN-swap\n");
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "swap UUID=b none luks,initramfs\n");
	finds_all(s, "cryptroot on vda3");
}

static void usr_is_needed(void **state)
{
	const struct targets_sample *s = *state;
	char mounts[128];

	if (geteuid() != 0)
		skip();
	add_volume(s, "254:15", "more", "vdb2");
	tree_write_text(&s->t, "/etc/crypttab", ROOT_LINE "more UUID=b none luks\n");
	tree_write_text(&s->t, "/dev/x", "");
	tree_unlink(&s->t, "/dev/x");
	snprintf(mounts, sizeof(mounts), "%s/dev/node", s->t.root);
	assert_int_equal(mknod(mounts, S_IFBLK | 0600, makedev(254, 15)), 0);
	tree_write_text(&s->t, "/proc/self/mounts", "/dev/node /usr ext4 rw 0 0\n");
	finds_all(s, "cryptroot on vda3, more on vdb2");
	tree_write_text(&s->t, "/sys/dev/block/254:15/dm/uuid", "LVM-usr\n");
	refuses_root(s, "/usr is not encrypted");
}

static void no_device(void **state)
{
	struct targets_sample *s = *state;
	char from[2 * PATH_MAX], to[2 * PATH_MAX];

	snprintf(from, sizeof(from), "%s/sys/dev", s->t.root);
	snprintf(to, sizeof(to), "%s/sys/elsewhere", s->t.root);
	assert_int_equal(rename(from, to), 0);
	tree_write_text(&s->t, "/proc/self/mounts", "rpool/ROOT/debian / zfs rw 0 0\nproc /proc proc rw 0 "
						    "0\n");
	refuses_root(s, "the root file system is ZFS ('rpool/ROOT/debian')");
	tree_write_text(&s->t, "/proc/self/mounts", "overlay / overlay rw 0 0\n");
	refuses_root(s, "the root file system is overlay ('overlay')");
	tree_write_text(&s->t, "/proc/self/mounts", "");
	refuses_root(s, "cannot tell which device");
}

static void integrity(void **state)
{
	const struct targets_sample *s = *state;

	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "SUBDEV-" ROOT_UUID "-cryptroot_dif\n");
	refuses_root(s, "'cryptroot' has dm-integrity");
	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "CRYPT-INTEGRITY-cryptroot_dif\n");
	refuses_root(s, "'cryptroot' has dm-integrity");
	/* LUKS on a logical volume */
	tree_write_text(&s->t, "/sys/dev/block/254:3/dm/uuid", "LVM-abcdef\n");
	finds(s, "cryptroot");
}

/* The anchor could not hold it. */
static void name(void **state)
{
	const struct targets_sample *s = *state;

	write_attribute(s, "dm/name", "root crypt\n");
	tree_write_text(&s->t, "/etc/crypttab", "root\\040crypt /dev/vda3 none luks\n");
	refuses_root(s, "is called 'root crypt': only letters, digits and +_.@=- are supported");
	write_attribute(s, "dm/name", ".root\n");
	refuses_root(s, "is called '.root'");
	write_attribute(s, "dm/name", "vg0-root.crypt+1\n");
	tree_write_text(&s->t, "/etc/crypttab", "vg0-root.crypt+1 /dev/vda3 none luks\n");
	finds(s, "vg0-root.crypt+1");
}

/* A file server has many lines in its crypttab: they are other disks. */
static void many_lines(void **state)
{
	const struct targets_sample *s = *state;
	struct buffer b = BUFFER_NONE;

	for (int i = 0; i < 200; i++)
		buffer_addf(&b, "data%d UUID=00000000-0000-4000-8000-%012d /etc/keys/data luks\n", i, i);
	buffer_add_str(&b, ROOT_LINE);
	tree_write_text(&s->t, "/etc/crypttab", buffer_str(&b));
	finds(s, "cryptroot");
	buffer_free(&b);
}

static void crypttab_line(void **state)
{
	const struct targets_sample *s = *state;
	struct target target[TARGET_MAX];
	struct error err = ERROR_NONE;
	size_t n;

	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 none luks,keyscript=/x\n");
	refuses_root(s, "cryptroot: the option keyscript in crypttab is not supported");
	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 none luks,header=/boot/header\n");
	refuses_root(s, "its header is detached (the option header in crypttab), which is not supported by "
			"bootseal; 'cryptsetup luksHeaderRestore'");
	tree_write_text(&s->t, "/etc/crypttab", "cryptroot /dev/vda3 /etc/key luks\n");
	refuses_root(s, "its key file in crypttab is not supported by bootseal; write 'none' in its place");
	tree_write_text(&s->t, "/etc/crypttab", "other /dev/vda3 none luks\n");
	assert_int_equal(targets_find(&s->t.machine, &err, target, &n), -ENOENT);
	assert_non_null(strstr(err.text, "no line for the mapping 'cryptroot', which the root file system"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		targets_test(no_luks2),
		targets_test(beside_the_root),
		targets_test(usr_is_needed),
		targets_test(no_device),
		targets_test(integrity),
		targets_test(name),
		targets_test(many_lines),
		targets_test(crypttab_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
