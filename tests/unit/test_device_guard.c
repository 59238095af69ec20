/* Which lines of fstab are looked at before they are used, and what systemd is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "machine/system/device_guard.h"
#include "tree.h"

#define UNITS "/etc/systemd/system/"
#define HOME UNITS "home.mount.d/50-bootseal.conf"
#define SWAP UNITS "dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1.swap.d/50-bootseal.conf"

static struct tree t;
static struct anchor anchor, late;

static void line(const char *device, const char *name, const char *text)
{
	tree_write_device(&t, device, name, text);
}

static void volume(const char *device, const char *name, const char *below, const char *number)
{
	char path[64], text[64];

	snprintf(text, sizeof(text), "%s\n", name);
	line(device, "dm/uuid", "LVM-abc\n");
	line(device, "dm/name", text);
	snprintf(path, sizeof(path), "slaves/%s/dev", below);
	line(device, path, number);
}

/* One encrypted volume with the group "debian-vg", one group on a disk in the clear. */
static int setup(void **state)
{
	tree_make(&t);
	anchor = (struct anchor){ .target_count = 1 };
	late = (struct anchor){ .target_count = 0 };
	strcpy(anchor.target[0].name, "vda3_crypt");
	strcpy(anchor.target[0].uuid, "5ea1ab1e-0000-4000-8000-000000000001");
	line("254:0", "dm/uuid", "CRYPT-LUKS2-5ea1ab1e000040008000000000000001-vda3_crypt\n");
	line("254:0", "dm/name", "vda3_crypt\n");
	line("254:0", "slaves/vda3/dev", "8:3\n");
	volume("254:1", "debian--vg-swap_1", "dm-0", "254:0\n");
	volume("254:2", "debian--vg-home", "dm-0", "254:0\n");
	volume("254:3", "data-home", "vdb", "8:16\n");
	return 0;
}

static int teardown(void **state)
{
	tree_remove(&t);
	return 0;
}

static void update(const char *fstab, bool afresh)
{
	struct error err = ERROR_NONE;

	tree_write_text(&t, "/etc/fstab", fstab);
	if (device_guard_update(&t.machine, &(struct device_guard){ &anchor, &late }, afresh, &err) < 0)
		fail_msg("%s", err.text);
}

static bool there(const char *path)
{
	return machine_exists(&t.machine, path);
}

static void names(void **state)
{
	static const char *const samples[][2] = {
		{ "/", "-" },
		{ "/home", "home" },
		{ "/srv//data/", "srv-data" },
		{ "/.hidden/a.b", "\\x2ehidden-a.b" },
		{ "/dev/mapper/debian--vg-swap_1", "dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1" },
		{ "/a b\\c%d\xc3\xa4", "a\\x20b\\x5cc\\x25d\\xc3\\xa4" },
	};
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		device_guard_escape(samples[i][0], &b);
		assert_string_equal(buffer_str(&b), samples[i][1]);
		buffer_free(&b);
	}
}

#define LINES "/dev/mapper/debian--vg-root / ext4\nUUID=1 /boot ext4\n" \
	      "/dev/mapper/debian--vg-swap_1 none swap sw 0 0\n/dev/mapper/debian--vg-home /home ext4\n" \
	      "/dev/mapper/data-home /srv ext4\ntmpfs /tmp tmpfs\nhost:/x /mnt nfs\n"

static void lines(void **state)
{
	static const char text[] =
		"# made by bootseal: used only where the device lies on an enrolled volume\n[Unit]\n"
		"Requires=bootseal-device@dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1.service\n"
		"After=bootseal-device@dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1.service\n";
	struct buffer found = BUFFER_NONE;
	struct error err = ERROR_NONE;

	update(LINES, true);
	assert_true(there(HOME) && there(SWAP));
	assert_int_equal(machine_read(&t.machine, SWAP, 4096, NULL, &found), 0);
	assert_string_equal(buffer_str(&found), text);
	buffer_free(&found);
	assert_false(there(UNITS "srv.mount.d") || there(UNITS "boot.mount.d") ||
		     there(UNITS "tmp.mount.d") || there(UNITS "-.mount.d"));

	/* others' drop-ins stay, and their folder */
	tree_write_text(&t, UNITS "home.mount.d/10-mine.conf", "");
	assert_int_equal(device_guard_remove(&t.machine, &err), 0);
	assert_false(there(HOME) || there(UNITS "dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1.swap.d"));
	assert_true(there(UNITS "home.mount.d/10-mine.conf"));
}

/* Another disk has the name now: that does not lift the guard. The owner's own changes do. */
static void a_guard_stays(void **state)
{
	update(LINES, true);
	line("254:2", "dm/name", "debian--vg-gone\n");
	line("254:3", "dm/name", "debian--vg-home\n");
	update(LINES, false);
	assert_true(there(HOME) && there(SWAP));
	/* absent */
	line("254:3", "dm/name", "data-home\n");
	update(LINES, false);
	assert_true(there(HOME));
	/* the owner says that /home is elsewhere now, or enrolls afresh */
	update("/dev/mapper/data-home /home ext4\n", false);
	assert_false(there(HOME) || there(SWAP));
	line("254:2", "dm/name", "debian--vg-home\n");
	update(LINES, false);
	assert_true(there(HOME) && there(SWAP));
	line("254:2", "slaves/vdb/dev", "8:16\n");
	update(LINES, false);
	assert_true(there(HOME));
	update(LINES, true);
	assert_false(there(HOME));
	assert_true(there(SWAP));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { TEST(names), TEST(lines), TEST(a_guard_stays) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
