/* EFI device paths (UEFI 2.10, section 10.3) in words. */
#ifndef MEASURE_LOG_EVENTLOG_PATH_H
#define MEASURE_LOG_EVENTLOG_PATH_H

#include "base/buffer.h"
#include "base/reader.h"

/* File names and partitions as text; nodes that only locate hardware are left out. */
void eventlog_add_path(struct buffer *b, struct reader path);

#endif
