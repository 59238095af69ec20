/* What lies on a volume's mapping is taken away from the top. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "seal/above.h"
#include "tree.h"

#define CRYPT makedev(254, 0)

static struct tree t;
static char sysfs[PATH_MAX];

static int setup(void **state)
{
	tree_make(&t);
	tree_path(&t, "/sys", sysfs);
	return 0;
}

static int teardown(void **state)
{
	tree_remove(&t);
	return 0;
}

static void holder(const char *device, const char *name, const char *number)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/holders/%s/dev", device, name);
	tree_write_text(&t, path, number);
}

static void mapping(const char *device, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/name", device);
	tree_write_text(&t, path, name);
}

static const char *busy;

static int note(void *context, const char *name, bool md, struct error *err)
{
	if (busy && strcmp(name, busy) == 0)
		return error_set(err, -EBUSY, "%s: busy", name);
	buffer_addf(context, "%s%s ", md ? "md:" : "", name);
	return 0;
}

static void expect(int result, const char *order)
{
	struct buffer seen = BUFFER_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(above_each(sysfs, CRYPT, note, &seen, &err), result);
	assert_string_equal(buffer_str(&seen), order);
	buffer_free(&seen);
}

/* A mirrored LV on an array on the volume. */
static void from_the_top(void **state)
{
	expect(0, "");
	tree_write_text(&t, "/sys/dev/block/254:0/dm/uuid", "CRYPT-LUKS2-x\n");
	expect(0, "");
	holder("254:0", "md127", "9:127\n");
	holder("9:127", "dm-1", "254:1\n");
	mapping("254:1", "vg-root_rimage_0\n");
	holder("254:1", "dm-2", "254:2\n");
	mapping("254:2", "vg-root\n");
	expect(0, "vg-root vg-root_rimage_0 md:md127 ");
	busy = "vg-root_rimage_0";
	expect(-EBUSY, "vg-root ");
	busy = NULL;
}

static void without_end(void **state)
{
	holder("254:0", "dm-1", "254:1\n");
	mapping("254:1", "a\n");
	holder("254:1", "dm-0", "254:0\n");
	mapping("254:0", "b\n");
	expect(-ELOOP, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { TEST(from_the_top), TEST(without_end) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
