/* Pieces of event data as printable ASCII, added to a buffer. Used by eventlog_describe() only. */
#ifndef MEASURE_LOG_EVENTLOG_TEXT_H
#define MEASURE_LOG_EVENTLOG_TEXT_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/reader.h"

/* UTF-16LE up to the first NUL or the end; what is not printable ASCII as \uXXXX. */
void eventlog_add_utf16(struct buffer *b, struct reader text);
/* A GUID as it lies in memory, in the usual notation. */
void eventlog_add_guid(struct buffer *b, const uint8_t guid[static 16]);
/* An EFI device path (UEFI 10): file names and partitions as text, what only locates hardware left out. */
void eventlog_add_path(struct buffer *b, struct reader path);

#endif
