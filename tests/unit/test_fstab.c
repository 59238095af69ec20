/* Lines of fstab that take any disk that calls itself right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "machine/system/fstab.h"
#include "tree.h"

static int collect(void *context, const struct fstab_weakness *w)
{
	buffer_addf(context, "%s %s%s%s;", w->dir, w->spec, w->system ? " system" : "", w->mapping);
	return 0;
}

static void expect(const struct tree *t, const char *fstab, const char *expected)
{
	struct buffer b = BUFFER_NONE;

	tree_write_text(t, "/etc/fstab", fstab);
	assert_int_equal(fstab_each_weakness(&t->machine, collect, &b), 0);
	assert_string_equal(buffer_str(&b), expected);
	buffer_free(&b);
}

/* -EOPNOTSUPP, and these words. */
static void refuses(const struct tree *t, const char *words)
{
	struct error err = ERROR_NONE;

	assert_int_equal(fstab_require(&t->machine, &err), -EOPNOTSUPP);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" is not in: %s", words, err.text);
}

static void lines(void **state)
{
	struct buffer none = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct tree t;

	tree_make(&t);
	/* nothing is known of what the mappings lie on */
	tree_write_text(&t, "/sys/dev/block/1:1/dev", "1:1\n");
	assert_int_equal(fstab_each_weakness(&t.machine, collect, &none), 0);
	tree_write_text(&t, "/etc/crypttab",
			"cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks\n"
			"cryptusr UUID=5ea1ab1e-0000-4000-8000-000000000002 /etc/key luks\n");
	tree_write_text(&t, "/proc/self/mounts",
			"/dev/mapper/cryptroot / ext4 rw 0 0\n/dev/sda5 /usr ext4 rw 0 0\n"
			"/dev/mapper/cryptusr /usr ext4 rw 0 0\n/dev/mapper/vg-home /home ext4 rw 0 0\n");
	expect(&t, "", "");
	expect(&t,
	       "UUID=1 / ext4 defaults 0 1\n/dev/mapper/cryptusr /var ext4 defaults 0 2\n# UUID=2 /usr ext4 "
	       "defaults 0 2\n"
	       "UUID=3 /boot ext4 defaults 0 2\nUUID=4 /boot/efi vfat defaults 0 1\nUUID=5 none swap sw 0 0\n"
	       "tmpfs /var/tmp tmpfs defaults 0 0\nhost:/home /home nfs defaults 0 0\n/usr/local/x /opt/x "
	       "none bind 0 0\n"
	       "UUID=6 /usrlocal ext4 defaults 0 2\nUUID=7 /media/disk ext4 defaults 0 0\n",
	       "");
	/*
	 * encrypted, but its header is in no anchor: anyone at the console may put their own there and type
	 * its passphrase
	 */
	expect(&t, "/dev/mapper/cryptusr /usr ext4 defaults 0 2\n",
	       "/usr /dev/mapper/cryptusr system/dev/mapper/cryptusr;");
	expect(&t, "host:/usr /usr nfs defaults 0 0\n", "/usr host:/usr system/dev/mapper/cryptusr;");
	refuses(&t, "/etc/fstab, /usr: 'host:/usr'");
	refuses(&t, "move it to the root's volume");
	/* a subvolume of the root's btrfs: bootseal-unlock sees to it */
	tree_write_text(&t, "/proc/self/mounts",
			"/dev/mapper/cryptroot / btrfs rw 0 0\n/dev/mapper/cryptroot /usr btrfs "
			"rw,subvol=/@usr 0 0\n"
			"/dev/mapper/vg-home /home ext4 rw 0 0\n");
	expect(&t, "UUID=1 / btrfs subvol=@ 0 1\nUUID=1 /usr btrfs subvol=@usr 0 2\n", "");
	expect(&t,
	       "LABEL=x /usr/local ext4\nPARTLABEL=home /home ext4\n/dev/mapper/vg-home /home "
	       "ext4\n/dev/sda7 /var/lib/docker xfs\n",
	       "/usr/local LABEL=x system;/home PARTLABEL=home;/home /dev/mapper/vg-home;/var/lib/docker "
	       "/dev/sda7;");
	expect(&t, "UUID=1 /var/cache ext4\n", "/var/cache UUID=1;");
	assert_int_equal(fstab_require(&t.machine, &err), 0);
	/* our records and dpkg's lists */
	expect(&t, "UUID=1 /var ext4\nUUID=1 /var/lib/ ext4\n",
	       "/var UUID=1 system;/var/lib/ UUID=1 system;");
	/* a line of one word */
	expect(&t, "UUID=1\n", "");
	expect(&t, "UUID=1 /var/lib/dpkg ext4\nUUID=1 /var/lib/dpkg2 ext4\n",
	       "/var/lib/dpkg UUID=1 system;/var/lib/dpkg2 UUID=1;");
	tree_write_text(&t, "/etc/fstab", "/dev/sda2 /etc ext4\n");
	refuses(&t, "/dev/mapper/NAME");
	tree_write_text(&t, "/proc/self/mounts", "/dev/mapper/cryptusr /etc ext4 rw 0 0\n");
	expect(&t, "UUID=1 /etc ext4\n", "/etc UUID=1 system/dev/mapper/cryptusr;");
	refuses(&t, "write '/dev/mapper/cryptusr' instead");
	tree_remove(&t);
}

/* The group "vg" with the root, /home and swap on one volume; "other" on a disk that is not encrypted. */
static void lvm(void **state)
{
	char root[64];
	struct stat st;
	struct tree t;

	tree_make(&t);
	assert_int_equal(stat(t.root, &st), 0);
	snprintf(root, sizeof(root), "%u:%u", major(st.st_dev), minor(st.st_dev));
	tree_write_device(&t, root, "dm/uuid", "LVM-abcroot\n");
	tree_write_device(&t, root, "dm/name", "vg-root\n");
	tree_write_device(&t, root, "slaves/dm-0/dev", "254:10\n");
	tree_write_device(&t, "254:10", "dm/uuid",
			  "CRYPT-LUKS2-5ea1ab1e000040008000000000000001-vda3_crypt\n");
	tree_write_device(&t, "254:10", "dm/name", "vda3_crypt\n");
	tree_write_device(&t, "254:10", "slaves/vda3/dev", "8:3\n");
	for (int i = 1; i <= 3; i++) {
		static const char *const names[] = { "vg-home\n", "vg-swap_1\n", "other-home\n" };
		char device[16];

		snprintf(device, sizeof(device), "254:%d", i);
		tree_write_device(&t, device, "dm/uuid", "LVM-abc\n");
		tree_write_device(&t, device, "dm/name", names[i - 1]);
		if (i == 3)
			tree_write_device(&t, device, "slaves/vdb/dev", "8:16\n");
		else
			tree_write_device(&t, device, "slaves/dm-0/dev", "254:10\n");
	}
	tree_write_text(&t, "/etc/crypttab",
			"vda3_crypt UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks\n");
	tree_write_text(&t, "/proc/self/mounts", "/dev/mapper/vg-root / ext4 rw 0 0\n");
	tree_write_text(&t, "/dev/dm-2", "");
	tree_write_text(&t, "/sys/class/block/dm-2/dev", "254:2\n");
	tree_link(&t, "/dev/vg/swap_1", "../dm-2");
	tree_link(&t, "/dev/disk/by-uuid/5", "../../dm-2");
	expect(&t,
	       "/dev/mapper/vg-root / ext4\n/dev/mapper/vg-home /home ext4\n"
	       "/dev/mapper/vg-swap_1 none swap sw\n/dev/vg/swap_1 none swap sw\n"
	       "/dev/vg/swap_1 /var ext4\nUUID=6 none swap sw\n",
	       "");
	expect(&t,
	       "UUID=5 none swap sw\n/dev/mapper/other-home /home ext4\n/dev/dm-2 /var ext4\n"
	       "UUID=5 /opt ext4\n",
	       "none UUID=5;/home /dev/mapper/other-home;/var /dev/dm-2 system;/opt UUID=5;");
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines), cmocka_unit_test(lvm) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
