/*
 * A disk image as it was found: what it is, where its root and its other parts are, its newest kernel. Images
 * are raw, qcow2 or VHD files; what is not raw is unpacked by qemu-img(1) beside it.
 */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "image/gpt.h"

#define IMAGE_FORMAT_MAX 16
#define IMAGE_LUKS_MAGIC "LUKS\xba\xbe"

struct image_source {
	char path[PATH_MAX];	       /* as it was named */
	char work[PATH_MAX];	       /* a folder beside it: path.bootseal; or a temporary one */
	char raw[PATH_MAX];	       /* path itself, or unpacked in the folder */
	char format[IMAGE_FORMAT_MAX]; /* qemu-img's word */
	bool is_fixed;                 /* a VHD that is raw but for its footer, as Azure wants it */
	int lock;		       /* held on the folder */
	uint64_t size;		       /* bytes of the disk */
	struct gpt gpt;
	const struct gpt_partition *root, *boot, *esp; /* boot: NULL, a folder of the root */
	bool encrypted;	  /* root is LUKS; then boot is known, and the root's content is not */
	char kernel[256]; /* the version of the newest one with an initrd; "": none was found */
};

/*
 * format: NULL, found out. Makes the folder, takes what an interrupted run left there away. -ECANCELED: it is
 * one that nothing can be done with, err says why; -EBUSY: another run works on it. To be ended with
 * image_source_end(), on errors too.
 */
int image_source_begin(const char *path, const char *format, struct error *err, struct image_source *ret);
/* The same for who only reads it: the folder is one of $TMPDIR or /var/tmp, and nobody is kept off. */
int image_source_look(const char *path, const char *format, struct error *err, struct image_source *ret);
/* Removes the folder, but for the helper VM's console where that is to be looked at. Fine twice. */
void image_source_end(struct image_source *s, bool keep_console);

/* Writes /boot/vmlinuz-VERSION and its initrd to the folder, under these names. */
int image_source_kernel(const struct image_source *s, struct error *err);

#endif
