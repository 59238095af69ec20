/*
 * The system's other file systems: those that /etc/fstab mounts at boot unattended, and swap. A line that
 * names an unencrypted file system, or an encrypted one by UUID or label, accepts any disk with that name,
 * whose contents then run with the unlocked volume. A mapping on the root's volumes (LVM) is fine by its
 * name, because machine/system/device_guard.h has it looked at before it is used. The root is not checked
 * here: bootseal-unlock checks it in the initramfs, and also /usr, which has to be on an enrolled volume,
 * whatever fstab calls it.
 */
#ifndef MACHINE_SYSTEM_FSTAB_H
#define MACHINE_SYSTEM_FSTAB_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define FSTAB_PATH "/etc/fstab"

struct fstab_weakness {
	const char *spec, *dir; /* first two fields of the line: "UUID=...", "/usr" */
	bool system;            /* /usr and the like: programs, settings and records of the system itself */
	bool swap;              /* dir is "none": named by what any disk can carry */
	/* /usr itself: the initramfs mounts it, and bootseal-unlock would restart the machine */
	bool initramfs;
	/*
	 * "/dev/mapper/cryptusr" when it is mounted from a mapping of crypttab now: to be written instead;
	 * else ""
	 */
	char mapping[PATH_MAX];
};

/*
 * Every such line in order; a nonzero return of `each` ends it and is returned. A file that is not there has
 * no lines.
 */
int fstab_each_weakness(const struct machine *m, int (*each)(void *context, const struct fstab_weakness *w),
			void *context);

/* One sentence for people: why, and what to write instead. */
int fstab_explain(const struct fstab_weakness *w, int r, struct error *err); /* returns r */

/*
 * -EOPNOTSUPP with the sentence when a line of the system's own directories is weak: such a machine must not
 * unlock automatically.
 */
int fstab_require(const struct machine *m, struct error *err);

#endif
