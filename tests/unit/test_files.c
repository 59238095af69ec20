/* The files of the boot chain: what is read of them is bounded, however many and long they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/system/files.h"
#include "peak.h"
#include "tree.h"

#define MIB (1024 * 1024)

/* Without data on the disk. */
static void sparse(const struct tree *t, const char *path, off_t size)
{
	char full[PATH_MAX];

	tree_write(t, path, "MZ", 2);
	assert_int_equal(machine_path(&t->machine, path, full), 0);
	assert_int_equal(truncate(full, size), 0);
}

static void too_long(struct files *f, const char *path, const char *why)
{
	struct error err = ERROR_NONE;
	struct input *i;

	assert_int_equal(files_input(f, "/boot", path, &err, &i), -EFBIG);
	if (!strstr(err.text, path) || !strstr(err.text, why))
		fail_msg("%s", err.text);
}

static void long_files_are_not_read(void **state)
{
	struct files *f;
	struct tree t;
	long before;

	tree_make(&t);
	assert_int_equal(files_new(&t.machine, &f), 0);
	sparse(&t, "/boot/image", IMAGE_MAX_LEN + 1);
	sparse(&t, "/boot/file", (off_t)FILE_MAX_LEN + 1);
	before = peak_mib();
	too_long(f, "/image", "which no program image is");
	too_long(f, "/file", "longer than");
	peak_grew_by(before, 0, 8);
	files_free(f);
	tree_remove(&t);
}

/* As the model and the vouchers ask: digest first, then the bytes, twice. */
static void one_image_at_a_time(void **state)
{
	struct reader bytes, again;
	struct input *i;
	struct files *f;
	char name[32];
	struct tree t;
	long before;

	tree_make(&t);
	assert_int_equal(files_new(&t.machine, &f), 0);
	before = peak_mib();
	for (int n = 0; n < 8; n++) {
		snprintf(name, sizeof(name), "/boot/%d", n);
		sparse(&t, name, 40 * MIB);
		assert_int_equal(files_input(f, "/boot", name + strlen("/boot"), NULL, &i), 0);
		assert_int_equal(input_bytes(i, NULL, &bytes), 0);
		assert_int_equal(input_bytes(i, NULL, &again), 0);
		input_done(i);
		assert_int_equal(bytes.at[40 * MIB - 1], 0);
		input_done(i);
	}
	peak_grew_by(before, 40, 60);
	files_free(f);
	tree_remove(&t);
}

/* What is in use stays, and what has left comes back with the same content or not at all. */
static void what_is_in_use_stays(void **state)
{
	uint8_t digest[SHA256_LEN];
	struct error err = ERROR_NONE;
	struct input *one, *two;
	struct reader a, b;
	struct files *f;
	struct tree t;

	tree_make(&t);
	assert_int_equal(files_new(&t.machine, &f), 0);
	sparse(&t, "/boot/one", MIB);
	sparse(&t, "/boot/two", 2 * MIB);
	assert_int_equal(files_input(f, "/boot", "/one", NULL, &one), 0);
	assert_int_equal(input_bytes(one, NULL, &a), 0);
	assert_int_equal(files_input(f, "/boot", "/two", NULL, &two), 0);
	assert_int_equal(input_bytes(two, NULL, &b), 0);
	assert_memory_equal(a.at, "MZ", 2);
	assert_int_equal(a.left, MIB);
	assert_int_equal(b.left, 2 * MIB);
	input_done(one);
	input_done(two);
	tree_write(&t, "/boot/one", "MZ changed", 10);
	assert_int_equal(input_bytes(one, NULL, &a), -ESTALE);
	assert_int_equal(input_authenticode(one, &err, digest), -ESTALE);
	assert_string_equal(err.text, "/boot/one: it changed during this run");
	files_free(f);
	tree_remove(&t);
}

static void reading_ends_somewhere(void **state)
{
	struct files *f;
	struct tree t;
	struct input *i;

	tree_make(&t);
	assert_int_equal(files_new(&t.machine, &f), 0);
	files_limit_reading(f, 3 * MIB);
	sparse(&t, "/boot/one", 2 * MIB);
	sparse(&t, "/boot/two", 2 * MIB);
	sparse(&t, "/boot/three", 2 * MIB);
	assert_int_equal(files_input(f, "/boot", "/one", NULL, &i), 0);
	assert_int_equal(files_input(f, "/boot", "/two", NULL, &i), 0);
	too_long(f, "/three", "not read, because");
	files_free(f);
	tree_remove(&t);
}

/* Nothing comes out of it for ever. */
static void fifo_is_not_opened(void **state)
{
	struct error err = ERROR_NONE;
	char path[PATH_MAX];
	struct input *i;
	struct files *f;
	struct tree t;

	tree_make(&t);
	assert_int_equal(files_new(&t.machine, &f), 0);
	tree_write(&t, "/boot/file", "x", 1);
	assert_int_equal(machine_path(&t.machine, "/boot/fifo", path), 0);
	assert_int_equal(mkfifo(path, 0644), 0);
	alarm(10);
	assert_int_equal(files_input(f, "/boot", "/fifo", &err, &i), -EISDIR);
	alarm(0);
	files_free(f);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_files_are_not_read),
		cmocka_unit_test(one_image_at_a_time),
		cmocka_unit_test(what_is_in_use_stays),
		cmocka_unit_test(reading_ends_somewhere),
		cmocka_unit_test(fifo_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
