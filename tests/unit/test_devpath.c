/* Where an image was loaded from, by the event log of a real boot and by broken events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "measure/log/devpath.h"

static int of_file(const char *name, struct devpath *ret)
{
	struct buffer bytes = BUFFER_NONE;
	struct reader r;
	char path[128];
	int result;

	snprintf(path, sizeof(path), "tests/corpus/devpath/%s", name);
	assert_int_equal(file_read(path, 4096, NULL, &bytes), 0);
	r = reader_new(bytes.data, bytes.len);
	result = devpath_of_image(&r, ret);
	buffer_free(&bytes);
	return result;
}

static void real_ones(void **state)
{
	struct devpath p;

	assert_int_equal(of_file("shim", &p), 0);
	assert_true(p.has_partition);
	assert_int_equal(p.partition, 1);
	assert_string_equal(p.part_uuid, "f5fdcccd-7835-2b4b-bc01-da94a5bcd867");
	assert_string_equal(p.file, "/EFI/BOOT/BOOTX64.EFI");
	assert_int_equal(of_file("grub", &p), 0);
	assert_false(p.has_partition);
	assert_string_equal(p.file, "/EFI/BOOT/grubx64.efi");
	assert_int_equal(of_file("kernel", &p), 0);
	assert_false(p.has_partition);
	assert_string_equal(p.file, "");
	assert_int_equal(of_file("no-end", &p), 0);
	assert_string_equal(p.file, "a/b");
}

static void broken_ones(void **state)
{
	struct devpath p = { .partition = 77 };

	assert_int_equal(of_file("cut", &p), -EBADMSG);
	assert_int_equal(of_file("zero-node", &p), -EBADMSG);
	assert_int_equal(p.partition, 77);
}

/* A name must fit and be printable: it becomes a path. */
static void names_that_are_no_paths(void **state)
{
	static const uint8_t escape[] = "\4\4\6\0\x1b\0";
	uint8_t event[32 + 4 + 2 * 600] = { 0 };
	struct reader r = reader_new(event, 32 + 6);
	struct devpath p;

	event[24] = 6;
	memcpy(event + 32, escape, 6);
	assert_int_equal(devpath_of_image(&r, &p), -EOPNOTSUPP);
	r = reader_new(event, sizeof(event));
	event[24] = (sizeof(event) - 32) & 0xff;
	event[25] = (sizeof(event) - 32) >> 8;
	event[34] = event[24];
	event[35] = event[25];
	for (size_t i = 36; i < sizeof(event); i += 2)
		event[i] = 'a';
	assert_int_equal(devpath_of_image(&r, &p), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_ones),
		cmocka_unit_test(broken_ones),
		cmocka_unit_test(names_that_are_no_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
