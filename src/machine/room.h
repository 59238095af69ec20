/*
 * Room for our token in the JSON area of the LUKS2 headers, which other programs' tokens and many keyslots
 * may take.
 */
#ifndef MACHINE_ROOM_H
#define MACHINE_ROOM_H

#include <stddef.h>

#include "base/error.h"
#include "machine/forecast.h"
#include "machine/system/targets.h"
#include "machine/transaction.h"

/*
 * Before an enrolment writes anything: -ENOSPC when keyslot and token for one boot path would not fit. A
 * volume that has our token already is fine.
 */
int room_require(const struct target *t, struct error *err);

/*
 * Leaves out the boot paths that no enrolled header has room for: beside as many, since two generations are
 * there while the policy moves, and beside those in force. The default path comes first, so the others go
 * first; where there is no room even for one, nothing is left out, and writing says so.
 */
int room_fit(const struct enrolled *e, pcr_mask mask, struct error *err, struct forecast *f);

#endif
