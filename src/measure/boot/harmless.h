/*
 * Did a boot that is not the sealed one still start what was sealed? Only around it something differs then:
 * how many boot options failed first, and which numbers the disks have. All else is equal event by event:
 * images, files, commands, Secure Boot.
 */
#ifndef MEASURE_BOOT_HARMLESS_H
#define MEASURE_BOOT_HARMLESS_H

#include <stdbool.h>

#include "measure/log/event.h"

struct harmless {
	bool boot_options;               /* that failed first: */
	unsigned failed, failed_sealed;
	bool disks;                      /* are numbered differently: the first such number */
	unsigned disk, disk_sealed;
};

/*
 * mask: the PCRs that count. False when anything else differs, or nothing. A text is believed only as far as
 * its digest proves it.
 */
bool harmless_find(const struct event_list *logged, const struct event_list *sealed, pcr_mask mask,
		   struct harmless *ret);

#endif
