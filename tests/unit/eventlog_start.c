#include "eventlog_start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"

void check_start(const struct eventlog *log, uint8_t locality)
{
	struct event_list events = EVENT_LIST_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	assert_int_equal(eventlog_events(log, NULL, &events), 0);
	assert_int_equal(eventlog_add_start(log, &events), 0);
	assert_int_equal(events.n, log->n_extended + (locality > 0));
	assert_int_equal(event_list_replay(&events, pcrs), 0);
	assert_int_equal(eventlog_check(log, 1, pcrs, NULL, NULL), 0);
	assert_true(log->n_extended > 0 || pcrs[0][SHA256_LEN - 1] == locality);
	event_list_free(&events);
}

void open_log(const char *path, struct opened *o)
{
	struct error err = ERROR_NONE;
	struct reader r;

	*o = (struct opened){ .bytes = BUFFER_NONE };
	assert_int_equal(file_read(path, EVENTLOG_MAX_LEN, &err, &o->bytes), 0);
	r = reader_new(o->bytes.data, o->bytes.len);
	assert_int_equal(eventlog_parse(&r, &err, &o->log), 0);
}

void close_log(struct opened *o)
{
	event_list_free(&o->events);
	eventlog_free(&o->log);
	eventlog_free(&o->log); /* fine twice */
	buffer_free(&o->bytes);
}
