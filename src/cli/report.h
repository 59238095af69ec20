/* The result of a reseal for people; used by enroll and reseal. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

#include "machine/reseal.h"

/* The boot paths, those of one kernel together, in rows with this title. On stdout. */
void report_paths(const char *title, const struct forecast *f);
/* Boot paths of the policy, then what was left out, accepted and refused, and warnings. On stdout. */
void report_forecast(const struct forecast *f, bool what_was_accepted);
/* A headline, then each change, old beside new. On stdout. */
void report_changes(const char *headline, const struct changes *c);
/* What the next boot will do when the default boot path cannot be sealed. */
const char *report_not_sealed(bool lacks_initrd);
/* "unlocks", "waits" (for a person, after that), "asks" or "unknown". r: how the reseal ended. */
const char *report_next_boot_word(const struct reseal_report *report, int r);
/* "Next boot    Linux 6.1.0-56 (default) will unlock automatically", or that it will not. */
void report_next_boot(const struct reseal_report *r);
/* The same, computed again: for use after a failure. */
void report_next_boot_now(const struct machine *m, const char *tcti);
/* What the next boot will do when the outlook failed with r. */
const char *report_unseen(int r);
/* What is said before an obstacle (machine/obstacles.h), of a boot whose root unlocks, or asks. */
const char *report_wait_words(bool unlocks);
/*
 * What unlocks the enrolled volumes when the TPM does not: "passphrase (keyslot 0), recovery key (keyslot
 * 2)".
 */
void report_ways(const struct machine *m, struct buffer *ret);

/*
 * That a failed boot ends in a root shell: said once, to somebody who is about to decide how this machine is
 * set up, and no fault that status repeats.
 */
void report_panic(const struct forecast *f);

#endif
