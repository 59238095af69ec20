/* One writer at a time: the lock of everything that changes the enrolment, the policy or their record. */
#ifndef MACHINE_RECORD_LOCK_H
#define MACHINE_RECORD_LOCK_H

#include "base/error.h"
#include "machine/system/machine.h"

#define LOCK_PATH MACHINE_RUN_DIR "/lock"

#define LOCK_WAIT_MS 10000
#define LOCK_WAIT_RESEAL_MS 120000 /* update-initramfs and a reseal of somebody else */

/* Waits up to timeout_ms, then -EBUSY. Closing the descriptor releases the lock. */
int state_lock(const struct machine *m, int timeout_ms, struct error *err, int *ret_fd);

#endif
