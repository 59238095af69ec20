/* A log as if the boot loader came from another disk: for machines that do not exist yet. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/chain/started.h"
#include "measure/log/eventlog_restart.h"
#include "eventlog_start.h"

#define DEBIAN12 "tests/eventlogs/debian12-grub206-sb"
#define DEBIAN13 "tests/eventlogs/debian13-grub212-sb"
#define MADE "tests/eventlogs/made-"

/* As another machine of the kind has it: the firmware's events stay, the loader is another disk's. */
static void restarts_from_another_disk(void **state)
{
	static const char *const files[] = { DEBIAN12 ".bin", DEBIAN13 ".bin" };
	const struct eventlog_start start = { 15, "f5fdcccd-7835-2b4b-bc01-da94a5bcd867", "/EFI/x/first.efi",
					      "/EFI/x/next.efi" };
	struct error err = ERROR_NONE;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct opened was, is = { .bytes = BUFFER_NONE };
		struct started old, new;
		struct reader bytes;
		size_t n = 0;

		open_log(files[i], &was);
		assert_int_equal(eventlog_events(&was.log, &err, &was.events), 0);
		assert_int_equal(started_find(&was.log, &was.events, &err, &old), 0);
		bytes = reader_new(was.bytes.data, was.bytes.len);
		assert_int_equal(eventlog_restart(&bytes, &was.log, old.image[0].at, &start, &err, &is.bytes),
				 0);
		bytes = reader_new(is.bytes.data, is.bytes.len);
		assert_int_equal(eventlog_parse(&bytes, &err, &is.log), 0);
		assert_int_equal(eventlog_events(&is.log, &err, &is.events), 0);
		assert_int_equal(started_find(&is.log, &is.events, &err, &new), 0);
		assert_int_equal(started_find_second(&is.log, &is.events, &err, &new), 0);
		assert_string_equal(new.part_uuid, start.part_uuid);
		assert_string_equal(new.image[0].file, start.first);
		assert_string_equal(new.image[1].file, start.next);
		assert_int_equal(new.image[0].at, old.image[0].at);
		assert_memory_equal(is.events.e[new.image[0].at].digest, was.events.e[old.image[0].at].digest,
				    SHA256_LEN);
		assert_int_equal(is.log.locality, was.log.locality);
		for (size_t k = 0; k < was.events.n; k++) {
			const struct event *e = &was.events.e[k];

			if (k > old.image[0].at && (e->pcr == 4 || e->pcr == 8 || e->pcr == 9))
				continue;
			assert_int_equal(is.events.e[n].pcr, e->pcr);
			assert_memory_equal(is.events.e[n].digest, e->digest, SHA256_LEN);
			n++;
		}
		assert_int_equal(new.image[1].at, n);
		close_log(&was);
		close_log(&is);
	}
}

/* Which a policy cannot be made from; and a partition without a GUID. */
static void restarts_no_other_log(void **state)
{
	const struct eventlog_start start = { 1, "f5fdcccd", "/a", NULL };
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;
	struct opened o;
	struct reader bytes;

	open_log(MADE "sha1.bin", &o);
	bytes = reader_new(o.bytes.data, o.bytes.len);
	assert_int_equal(eventlog_restart(&bytes, &o.log, 0, &start, &err, &b), -EOPNOTSUPP);
	close_log(&o);
	open_log(DEBIAN12 ".bin", &o);
	bytes = reader_new(o.bytes.data, o.bytes.len);
	assert_int_equal(eventlog_restart(&bytes, &o.log, 3, &start, &err, &b), -EINVAL);
	assert_null(b.data);
	close_log(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarts_from_another_disk),
		cmocka_unit_test(restarts_no_other_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
