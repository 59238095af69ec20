/*
 * Which entry of an initramfs makes which file: the kernel (init/initramfs.c) makes them one after another in a file system, so a link changes
 * where a later name leads, and what has no directory is dropped without a word. An archive that plays with that is refused; then each
 * name that passes is the file's path.
 *
 * Of each directory, symbolic link and file with several names the name is kept; plain files cost nothing.
 */
#ifndef MEASURE_INITRD_UNPACKED_H
#define MEASURE_INITRD_UNPACKED_H

#include "measure/initrd/cpio.h"

#define UNPACKED_MAX (16u << 20) /* bytes of names that are kept */

struct unpacked;

int unpacked_new(struct unpacked **ret);
void unpacked_free(struct unpacked *u); /* fine on NULL */

/*
 * Entries in their order, those of all archives of a boot path. -EPERM naming what is refused: a file below a symbolic link; one name for
 * two kinds of things; a file whose directory is not there (but for the early "kernel/", which the kernel looks at in another way).
 * -E2BIG.
 */
int unpacked_see(struct unpacked *u, const struct cpio_entry *e, struct error *err);

/* Is it a symbolic link to that, with or without a leading slash? */
bool unpacked_leads_to(const struct unpacked *u, const char *name, const char *target);

#endif
