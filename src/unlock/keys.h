/* From the first TPM command to the keys of all targets. */
#ifndef UNLOCK_KEYS_H
#define UNLOCK_KEYS_H

#include <stdbool.h>

#include "unlock/run.h"

/*
 * A failure that concerns all becomes the outcome of every waiting target; a failure of one target is its own
 * outcome.
 */
void run_get_keys(struct run *run);
/* Could the TPM still unlock in this boot? Yes when that is unknown. */
bool run_key_in_reach(struct run *run);

#endif
