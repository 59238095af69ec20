/* Events of the log in words. */
#ifndef MEASURE_LOG_EVENTLOG_TEXT_H
#define MEASURE_LOG_EVENTLOG_TEXT_H

#include "base/buffer.h"
#include "measure/log/eventlog.h"

/* One record as one printable line: "db", "kernel_cmdline: root=/dev/sda2 ro", "\EFI\debian\shimx64.efi". */
void eventlog_describe(const struct eventlog_record *record, struct buffer *ret);

#endif
