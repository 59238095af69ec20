/*
 * What /etc/fstab mounts or swaps to from the enrolled volumes is looked at once more at each boot, before it
 * is used. The initramfs checks the root and /usr only; a foreign volume group that has the name of the
 * machine's own may give another disk the name of its swap, and what the memory holds would be written there.
 *
 * systemd does it: a drop-in of ours makes the .mount or .swap unit of such a line require
 * bootseal-device@.service, which runs 'bootseal device' on the device that the line names. systemd makes
 * these units from fstab itself, so there is no unit of ours to put it in.
 */
#ifndef MACHINE_SYSTEM_DEVICE_GUARD_H
#define MACHINE_SYSTEM_DEVICE_GUARD_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

/* What the enrolment has recorded; the two are looked at apart. */
struct device_guard {
	const struct anchor *early; /* what the TPM unlocks */
	const struct anchor *late;  /* what the running system opens, machine/record/late_volumes.h */
};

/*
 * Adds a drop-in for each line whose device lies on these volumes now, and for the unit that opens a late
 * one: it opens it with 'bootseal open' first. afresh: takes away those for
 * which that does not hold any more, which only an enrolment decides: a disk that has taken the place of an
 * enrolled one must not lift the guard. A drop-in whose line is gone from fstab, or names another device now,
 * goes, too: fstab is the owner's. Errors name the file.
 */
int device_guard_update(const struct machine *m, const struct device_guard *g, bool afresh,
			struct error *err);
/* Takes away those of the lines whose device lies on these volumes, which are no longer enrolled. */
int device_guard_lift(const struct machine *m, const struct anchor *gone, struct error *err);
/* Is the drop-in there that has this late volume opened by us? */
bool device_guard_opens(const struct machine *m, const struct anchor_target *t);
int device_guard_remove(const struct machine *m, struct error *err);

/* Adds systemd's name for a path in the name of a unit: "dev-mapper-vg\x2dhome"; systemd.unit(5). */
void device_guard_escape(const char *path, struct buffer *ret);

#endif
