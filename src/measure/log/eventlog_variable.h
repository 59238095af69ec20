/* Parsing variable events (UEFI_VARIABLE_DATA, Firmware Profile, section 10.2.6). */
#ifndef MEASURE_LOG_EVENTLOG_VARIABLE_H
#define MEASURE_LOG_EVENTLOG_VARIABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

/* Points into the event's data. */
struct eventlog_variable {
	uint8_t guid[16];   /* as in memory */
	struct reader name; /* UTF-16LE, no NUL */
	struct reader data;
};

/* False when the event's data is not exactly one such structure. */
bool eventlog_variable(const struct reader *data, struct eventlog_variable *ret);

/* Takes one such structure from the beginning of the data. Old shims leave bytes after it. */
bool eventlog_variable_take(struct reader *data, struct eventlog_variable *ret);

#endif
