/* What must lie on the root volume, and where it lies otherwise. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/system/places.h"
#include "tree.h"

#define ROOT "20 1 253:0 / / rw - ext4 /dev/mapper/cryptroot rw\n"
#define BOOT "21 20 8:2 / /boot rw shared:1 master:2 - ext4 /dev/sda2 rw\n"

static int setup(void **state)
{
	static struct tree t;

	tree_make(&t);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	tree_remove(*state);
	return 0;
}

/* words: NULL when it is fine. */
static void require(const struct tree *t, const char *mounts, const char *swaps, const char *words)
{
	struct error err = ERROR_NONE;

	tree_write_text(t, "/proc/self/mountinfo", mounts);
	tree_write_text(t, "/proc/swaps", swaps);
	assert_int_equal(places_require(&t->machine, NULL, &err), words ? -EOPNOTSUPP : 0);
	if (words && !strstr(err.text, words))
		fail_msg("\"%s\" is not in: %s", words, err.text);
}

static void directories(void **state)
{
	const struct tree *t = *state;

	require(t, ROOT BOOT, "", NULL);
	require(t, ROOT BOOT "22 20 8:5 / /var rw - ext4 /dev/sda5 rw\n", "",
		"/var/lib/bootseal is on /var (/dev/sda5), not on an enrolled volume: the key");
	require(t, ROOT BOOT "22 20 253:1 / /var rw - ext4 /dev/mapper/other rw\n", "",
		"/var/lib/bootseal is on");
	require(t, ROOT "22 20 0:30 / /var rw - tmpfs tmpfs rw\n", "", "(tmpfs)");
	require(t, ROOT "22 20 8:5 /d /var/lib/dpkg rw - ext4 /dev/sda5 rw\n", "",
		"which kernels are trusted");
	require(t, ROOT "22 20 8:5 / /etc rw - ext4 /dev/sda5 rw\n", "", "/etc/bootseal is on /etc");
	require(t, ROOT "22 20 8:5 / /usr rw - ext4 /dev/sda5 rw\n", "", "/usr is on /usr");
	/* names that only begin alike, and what lies beside them */
	require(t, ROOT "22 20 8:5 / /va rw - ext4 /dev/sda5 rw\n"
			"23 20 8:6 / /var/lib/boot rw - ext4 /dev/sda6 rw\n"
			"24 20 8:7 / /home rw - ext4 /dev/sda7 rw\n", "", NULL);
	/* covered again by the root, and the other way round */
	require(t, ROOT "22 20 8:5 / /var rw - ext4 /dev/sda5 rw\n23 22 253:0 /v /var rw - ext4 "
			"/dev/mapper/cryptroot rw\n", "", NULL);
	require(t, ROOT "22 20 253:0 /v /var rw - ext4 /dev/mapper/cryptroot rw\n23 22 8:5 / /var rw - ext4 "
			"/dev/sda5 rw\n", "", "/dev/sda5");
	/* subvolumes of one btrfs */
	require(t, "20 1 0:31 /@ / rw - btrfs /dev/mapper/cryptroot rw\n"
		   "21 20 0:32 /@var /var rw - btrfs /dev/mapper/cryptroot rw\n", "", NULL);
	require(t, "20 1 0:31 / / rw - overlay overlay rw\n21 20 0:32 / /var rw - overlay overlay rw\n", "",
		"/var/lib/bootseal");
}

static void swaps(void **state)
{
	static const char head[] = "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n";
	const struct tree *t = *state;
	char table[512];

	tree_write_text(t, "/sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-swap\n");
	tree_write_text(t, "/sys/class/block/dm-2/dm/uuid", "LVM-abc\n");
	tree_write_text(t, "/sys/class/block/dm-2/slaves/dm-1/x", "");
	tree_write_text(t, "/sys/class/block/dm-3/dm/uuid", "LVM-abc\n");
	tree_write_text(t, "/sys/class/block/dm-3/slaves/dm-1/x", "");
	tree_write_text(t, "/sys/class/block/dm-3/slaves/sda6/x", "");
	tree_write_text(t, "/sys/class/block/dm-4/dm/uuid", "LVM-abc\n");
	/* a mapping on itself, as no kernel makes one */
	tree_write_text(t, "/sys/class/block/dm-5/slaves/dm-5/x", "");
#define SWAP(line) (snprintf(table, sizeof(table), "%s%s\n", head, line), table)
	require(t, ROOT, head, NULL);
	require(t, ROOT, SWAP("/dev/zram0                              partition\t1048572\t0\t100"), NULL);
	require(t, ROOT, SWAP("/dev/dm-1                               partition\t1048572\t0\t-2"), NULL);
	require(t, ROOT, SWAP("/dev/dm-2                               partition\t1048572\t0\t-2"), NULL);
	require(t, ROOT, SWAP("/swapfile                               file\t\t1048572\t0\t-2"), NULL);
	require(t, ROOT, SWAP("/dev/sda6                               partition\t1048572\t0\t-2"),
		"the swap /dev/sda6 is not encrypted");
	require(t, ROOT, SWAP("/dev/dm-3                               partition\t1048572\t0\t-2"), "dm-3");
	require(t, ROOT, SWAP("/dev/dm-4                               partition\t1048572\t0\t-2"), "dm-4");
	require(t, ROOT, SWAP("/dev/dm-5                               partition\t1048572\t0\t-2"), "dm-5");
	require(t, ROOT "22 20 8:5 / /mnt rw - ext4 /dev/sda5 rw\n",
		SWAP("/mnt/swapfile                           file\t\t1048572\t0\t-2"),
		"/mnt/swapfile is on /mnt");
	/* both tables escape blanks */
	require(t, ROOT "22 20 8:5 / /a\\040b rw - ext4 /dev/sda5 rw\n",
		SWAP("/a\\040b/swapfile                       file\t\t1048572\t0\t-2"),
		"/a b/swapfile is on /a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(directories, setup, teardown),
		cmocka_unit_test_setup_teardown(swaps, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
