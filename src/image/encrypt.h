/*
 * `bootseal image encrypt`: the root of an image becomes a LUKS2 volume, before the image has ever run.
 *
 * A new image is written beside the old one, checked, and takes its name: the old one is not touched until
 * then, so a run that was cut is simply begun again. The work is done in a helper VM (image/helper.h).
 */
#ifndef IMAGE_ENCRYPT_H
#define IMAGE_ENCRYPT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "image/helper.h"
#include "image/source.h"

#define IMAGE_MAPPING "root_crypt"

struct image_encrypt {
	const char *output;	  /* NULL: takes the image's own place */
	const char *mapping;	  /* what its crypttab calls the volume */
	const struct secret *key; /* the passphrase of the first keyslot */
	bool is_recovery;	  /* it is a recovery key */
	bool first_boot;	  /* a key in the clear, for a first boot without a person */
	bool deploy;		  /* instead: an initrd for what image/deploy.h does */
	const char *grub_setting; /* what /etc/default/grub.d/zz-bootseal.cfg is to say */
	void (*said)(void *context, enum helper_word word, const char *text, uint64_t done, uint64_t all);
	void *context;
	/*
	 * Called when the new image is complete, before it takes its place; an error leaves everything as it
	 * was.
	 */
	int (*ready)(void *context, struct error *err);
};

/* -ECANCELED: refused, the image is as it was; so it is on every other error. */
int image_encrypt(const struct image_source *s, const struct image_encrypt *o, struct error *err);

#endif
