/* An event log and the list of events that is made of it: both replay to the same values. */
#ifndef TESTS_EVENTLOG_START_H
#define TESTS_EVENTLOG_START_H

#include "measure/log/eventlog.h"

/* The list of events replays to the same values as the log. */
void check_start(const struct eventlog *log, uint8_t locality);

#endif
