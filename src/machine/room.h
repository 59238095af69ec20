/*
 * Room for our token in the JSON area of the LUKS2 headers, which other programs' tokens and many keyslots
 * may take.
 */
#ifndef MACHINE_ROOM_H
#define MACHINE_ROOM_H

#include <stddef.h>

#include "base/error.h"
#include "machine/system/targets.h"
#include "machine/transaction.h"

/*
 * Before an enrolment writes anything: -ENOSPC when keyslot and token for one boot path would not fit. A
 * volume that has our token already is fine.
 */
int room_require(const struct target *t, struct error *err);

/*
 * How many branches fit into every enrolled header: beside as many, since two generations are there while the
 * policy moves, and beside those in force. At most BRANCH_MAX; may be 0.
 */
int room_for_branches(const struct enrolled *e, pcr_mask mask, struct error *err, size_t *ret);

#endif
