#include "eventlog_start.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
