/* How the boot file systems are mounted, and what that does to /etc/fstab. mount(8) is a stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "machine/system/boot_mounts.h"
#include "tree.h"

#define MOUNTS                                                       \
	"20 1 253:0 / / rw shared:1 - ext4 /dev/mapper/c rw\n"       \
	"21 20 0:31 / /boot rw - autofs systemd-1 rw\n"              \
	"22 20 254:2 / /boot rw shared:2 - ext4 /dev/vda2 rw\n"      \
	"23 22 254:1 / /boot/efi rw,nosuid - vfat /dev/vda1 rw\n"    \
	"24 20 254:9 / /bootleg rw - ext4 /dev/vda9 rw\n"

#define FSTAB                                                            \
	"# <file system> <mount point>   <type>  <options>\n"            \
	"#UUID=0 /boot ext4 defaults 0 2\n"                              \
	"/dev/mapper/c\t/\text4\terrors=remount-ro 0 1\n"                \
	"UUID=a /boot           ext4    defaults        0       2\n"     \
	"UUID=b\t/boot/efi vfat umask=0077,nosuid 0 1 # the ESP"

/* The options go where the kernel would show them; $LIMITED: all but nosymfollow, as before Linux 5.10. */
#define MOUNT                                                                                            \
	"#!/bin/sh\nset -eu\nlist=${2#remount}\necho \"$*\" >>/calls\n"                                  \
	"[ ! -e /old-mount ] || case $list in *nosymfollow*) exit 32 ;; esac\n"                          \
	"[ ! -e /old-kernel ] || list=$(echo \"$list\" | sed 's/,nosymfollow//')\n"                      \
	"sed -i \"s#\\( $3 rw[^ ]*\\)\\( .*254\\| [s-]\\)#\\1$list\\2#\" /proc/self/mountinfo\n"

static void setup(struct tree *t, const char *fstab)
{
	char path[PATH_MAX], command[2 * PATH_MAX];

	tree_make(t);
	tree_write_text(t, "/proc/self/mountinfo", MOUNTS);
	tree_write_text(t, "/etc/fstab", fstab);
	tree_write_text(t, "/usr/bin/mount", MOUNT);
	tree_path(t, "/usr/bin/mount", path);
	assert_int_equal(chmod(path, 0755), 0);
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p bin boot/efi && cp \"$(command -v busybox)\" bin/busybox && "
		 "for a in sh sed echo cat; do ln -sf busybox bin/$a; done",
		 t->root);
	assert_int_equal(system(command), 0);
}

static void is_fstab(const struct tree *t, const char *expected)
{
	struct buffer b = BUFFER_NONE;

	assert_int_equal(machine_read(&t->machine, "/etc/fstab", 10000, NULL, &b), 0);
	assert_string_equal(buffer_str(&b), expected);
	buffer_free(&b);
}

static int add_gap(void *context, const struct boot_mount *b)
{
	buffer_addf(context, "%s %s\n", b->dir, b->missing);
	return 0;
}

static void are_missing(const struct tree *t, const char *expected)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (boot_mounts_each_gap(&t->machine, add_gap, &b, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(b.len > 0 ? buffer_str(&b) : "", expected);
	buffer_free(&b);
}

static void harden(const struct tree *t)
{
	struct error err = ERROR_NONE;

	if (boot_mounts_harden(&t->machine, &err) < 0)
		fail_msg("%s", err.text);
}

static void restore(const struct tree *t)
{
	struct error err = ERROR_NONE;

	if (boot_mounts_restore(&t->machine, &err) < 0)
		fail_msg("%s", err.text);
}

#define HEAD                                                         \
	"# <file system> <mount point>   <type>  <options>\n"        \
	"#UUID=0 /boot ext4 defaults 0 2\n"                          \
	"/dev/mapper/c\t/\text4\terrors=remount-ro 0 1\n"

#define BOOT "UUID=a /boot           ext4    "
#define ESP "UUID=b\t/boot/efi vfat "

static void hardened_and_back(void **state)
{
	static const char hard[] =
		HEAD BOOT "defaults,x-bootseal,nosuid,nodev,noexec,nosymfollow        0       2\n"
		ESP "umask=0077,nosuid,x-bootseal,nodev,noexec,nosymfollow 0 1 # the ESP";
	struct tree t;

	setup(&t, FSTAB);
	are_missing(&t, "/boot nosuid,nodev,noexec\n/boot/efi nodev,noexec\n");
	harden(&t);
	is_fstab(&t, hard);
	are_missing(&t, "");
	/* a second enrolment changes nothing, and after a boot without them says so and repeats it */
	harden(&t);
	is_fstab(&t, hard);
	tree_write_text(&t, "/proc/self/mountinfo", MOUNTS);
	are_missing(&t, "/boot nosuid,nodev,noexec,nosymfollow\n/boot/efi nodev,noexec,nosymfollow\n");
	harden(&t);
	is_fstab(&t, hard);
	are_missing(&t, "");
	restore(&t);
	is_fstab(&t, FSTAB);
	restore(&t);
	is_fstab(&t, FSTAB);
	tree_remove(&t);
}

/* What the kernel or mount(8) cannot do would make the next boot fail. */
static void only_what_holds(void **state)
{
	static const char *const lacks[] = { "/old-mount", "/old-kernel" };
	struct tree t;

	for (size_t i = 0; i < 2; i++) {
		setup(&t, FSTAB);
		tree_write_text(&t, lacks[i], "");
		harden(&t);
		is_fstab(&t, HEAD BOOT "defaults,x-bootseal,nosuid,nodev,noexec        0       2\n"
			     ESP "umask=0077,nosuid,x-bootseal,nodev,noexec 0 1 # the ESP");
		are_missing(&t, "");
		tree_remove(&t);
	}
	setup(&t, FSTAB);
	tree_unlink(&t, "/usr/bin/mount");
	harden(&t);
	is_fstab(&t, FSTAB);
	tree_remove(&t);
}

/* Programs follow /boot/vmlinuz. */
static void kernel_links_are_followed(void **state)
{
	struct tree t;

	setup(&t, FSTAB);
	tree_link(&t, "/boot/vmlinuz", "vmlinuz-6.1");
	harden(&t);
	are_missing(&t, "");
	is_fstab(&t, HEAD BOOT "defaults,x-bootseal,nosuid,nodev,noexec        0       2\n"
		     ESP "umask=0077,nosuid,x-bootseal,nodev,noexec,nosymfollow 0 1 # the ESP");
	tree_remove(&t);
}

/* The owner's own word, and what we do not understand. */
static void other_lines_stay(void **state)
{
	static const char *const tables[] = {
		"UUID=a /boot ext4 exec 0 2\n",
		"UUID=a /boot ext4 nosuid,suid 0 2",
		"UUID=a /boot ext4\n",
		"UUID=a /boot ext4 defaults 0 2\nUUID=b /boot ext4 defaults 0 2\n",
		"",
	};
	struct tree t;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		setup(&t, tables[i]);
		harden(&t);
		is_fstab(&t, tables[i]);
		restore(&t);
		is_fstab(&t, tables[i]);
		tree_remove(&t);
	}
	setup(&t, "");
	tree_unlink(&t, "/etc/fstab");
	harden(&t);
	restore(&t);
	are_missing(&t, "/boot nosuid,nodev,noexec\n/boot/efi nodev,noexec\n");
	tree_remove(&t);
}

/* Words that the owner wrote behind ours, and ours alone. */
static void only_ours_are_taken_away(void **state)
{
	struct tree t;

	setup(&t, "UUID=a /boot ext4 noexec,x-bootseal,nosuid,nodev,noatime,noexec 0 2\n"
		  "UUID=b /boot/efi vfat x-bootseal,nosuid 0 1\nUUID=c /x ext4 x-bootseal.not,nosuid 0 0\n");
	restore(&t);
	is_fstab(&t, "UUID=a /boot ext4 noexec,noatime,noexec 0 2\nUUID=b /boot/efi vfat defaults 0 1\n"
		     "UUID=c /x ext4 x-bootseal.not,nosuid 0 0\n");
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardened_and_back),
		cmocka_unit_test(only_what_holds),
		cmocka_unit_test(kernel_links_are_followed),
		cmocka_unit_test(other_lines_stay),
		cmocka_unit_test(only_ours_are_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
