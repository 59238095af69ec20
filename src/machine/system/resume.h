/*
 * The devices that cryptsetup-initramfs opens because the machine may have been hibernated to them:
 * get_resume_devno() of its hook hooks/cryptroot (2.6.1), and hooks/resume of initramfs-tools; both are in
 * /usr/share/initramfs-tools.
 */
#ifndef MACHINE_SYSTEM_RESUME_H
#define MACHINE_SYSTEM_RESUME_H

#include "machine/system/machine.h"

/*
 * Each as it is named: resume= of the running kernel's command line; RESUME= of initramfs-tools' settings or,
 * without one or with "auto", the largest swap in use. A nonzero return of `each` ends it and is returned.
 */
int resume_each(const struct machine *m, int (*each)(void *context, const char *spec), void *context);

#endif
