/* Event logs in tests, and the lists of events that are made of them: both replay to the same values. */
#ifndef TESTS_EVENTLOG_START_H
#define TESTS_EVENTLOG_START_H

#include "base/buffer.h"
#include "measure/log/eventlog.h"

struct opened {
	struct buffer bytes;
	struct eventlog log;
	struct event_list events; /* none, until the test asks for them */
};

void open_log(const char *path, struct opened *o);
void close_log(struct opened *o);

/* The list of events replays to the same values as the log. */
void check_start(const struct eventlog *log, uint8_t locality);

#endif
