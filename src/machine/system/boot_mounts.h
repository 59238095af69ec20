/*
 * How the boot file systems are mounted. Whoever has the disk writes them while the machine is off, so
 * nothing on them is to be a device, to be run, or to lead out of them: nodev, nosuid, noexec, nosymfollow.
 *
 * The options are added to the file system's own line of /etc/fstab and not in a drop-in of systemd's mount
 * unit: mount(8) and everything else that mounts reads them there, too; a drop-in would have to repeat the
 * line's other options and override those that the owner writes there later. The word x-bootseal, which
 * mount(8) ignores as it does everything that begins with x-, stands before what was added, so that it can
 * be taken away.
 */
#ifndef MACHINE_SYSTEM_BOOT_MOUNTS_H
#define MACHINE_SYSTEM_BOOT_MOUNTS_H

#include "base/error.h"
#include "machine/system/machine.h"

#define BOOT_MOUNT_OPTIONS_MAX 64

/* A partition that is mounted on /boot, on /efi or below, and the options that are not in force there. */
struct boot_mount {
	char dir[128];
	char missing[BOOT_MOUNT_OPTIONS_MAX]; /* "nosuid,nodev"; never empty */
};

/*
 * Each that lacks one. nosymfollow is missed only where the line in /etc/fstab has it: not everywhere can it
 * be had. A nonzero return of `each` ends it and is returned. Errors of /proc/self/mountinfo.
 */
int boot_mounts_each_gap(const struct machine *m, int (*each)(void *context, const struct boot_mount *b),
			 void *context, struct error *err);

/*
 * mount(8) is asked to remount each with what it lacks; what the kernel shows afterwards, so that the next
 * boot can do it, too, goes into /etc/fstab. nosymfollow (Linux 5.10, util-linux 2.38) is left out where it
 * does not hold, and where /boot has the links that Debian and Ubuntu make for their kernels, which programs
 * follow. Lines that say the opposite, two lines for one directory and none are left alone. What could not
 * be done boot_mounts_each_gap() tells; an error is one of reading or of writing /etc/fstab.
 */
int boot_mounts_harden(const struct machine *m, struct error *err);

/* Takes it out of /etc/fstab again; in force until the next boot. */
int boot_mounts_restore(const struct machine *m, struct error *err);

#endif
