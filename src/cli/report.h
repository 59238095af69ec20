/* How a reseal went, in words; used by enroll and reseal. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

#include "machine/reseal.h"

/* Boot paths of the policy, then what was left out, accepted and refused, and warnings. On stdout. */
void report_forecast(const struct forecast *f, bool what_was_accepted);
/* What the next boot will do when the default boot path cannot be sealed. */
const char *report_not_sealed(bool lacks_initrd);
/* "Next boot    Linux 6.1.0-56 (default) will unlock by itself", or that it will not. */
void report_next_boot(const struct reseal_report *r);
/* The same, looked at afresh: after a failure nothing else is known. */
void report_next_boot_now(const struct machine *m, const char *tcti);
/* What the next boot will do when that could not be looked at, which ended with r. */
const char *report_unseen(int r);
/* How the enrolled volumes open when the TPM does not: "passphrase (keyslot 0), recovery key (keyslot 2)". */
void report_ways(const struct machine *m, struct buffer *ret);

#endif
