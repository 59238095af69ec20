/*
 * The EFI stub of a Linux kernel, which measures what it is handed (PCR 9) where a loader starts the kernel
 * as an EFI application: drivers/firmware/efi/libstub/efi-stub-helper.c.
 */
#ifndef MEASURE_BOOT_LINUX_STUB_H
#define MEASURE_BOOT_LINUX_STUB_H

#include "base/error.h"
#include "base/reader.h"
#include "measure/boot/facts.h"
#include "measure/boot/trace.h"
#include "measure/log/event.h"

/*
 * What the stub in this kernel measures. It searches the whole image, which takes as long as hashing a part
 * of it.
 */
struct boot_stub linux_stub_find(const struct reader *kernel);

/*
 * Adds what the stub of the trace's kernel measures. -EOPNOTSUPP with words for a command line outside ASCII.
 */
int linux_stub_events(const struct boot_facts *facts, const struct boot_trace *trace, struct error *err,
		      struct event_list *ret);

#endif
