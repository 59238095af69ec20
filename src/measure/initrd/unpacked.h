/*
 * Which entry of an initramfs makes which file. The kernel (init/initramfs.c) makes them one after another in
 * a file system, so a link changes where a later name leads, and a file without a directory is silently
 * dropped. An archive that uses this is refused, so each accepted name is the file's path.
 *
 * Keeps the names of directories, symbolic links and files with several names; plain files take no memory.
 */
#ifndef MEASURE_INITRD_UNPACKED_H
#define MEASURE_INITRD_UNPACKED_H

#include "measure/initrd/cpio.h"

#define UNPACKED_MAX (16u << 20) /* bytes of names that are kept */

struct unpacked;

int unpacked_new(struct unpacked **ret);
void unpacked_free(struct unpacked *u); /* fine on NULL */

/*
 * The next entry, of all archives of a boot path in their order. -EPERM, with the name, for a file below a
 * symbolic link, one name with two kinds, or a file whose directory is missing (except in the early
 * "kernel/", which the kernel reads in a different way). -E2BIG.
 */
int unpacked_see(struct unpacked *u, const struct cpio_entry *e, struct error *err);

/* Is it a symbolic link to that target, with or without a leading slash? */
bool unpacked_leads_to(const struct unpacked *u, const char *name, const char *target);

#endif
