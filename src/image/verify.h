/*
 * `bootseal image verify`: what an image holds, what it would do, and what of it opens it without a person.
 */
#ifndef IMAGE_VERIFY_H
#define IMAGE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "image/source.h"
#include "seal/volume_ways.h"

#define IMAGE_INITRDS_MAX 16

struct image_initrd {
	char name[256]; /* "initrd.img-6.1.0-56-amd64" */
	bool unread;	/* why says why */
	struct error why;
	bool key;	    /* it holds a key file of cryptsetup's: a key in the clear */
	bool anchor;	    /* it is of an enrolled machine */
	bool deployed;	    /* it takes what `image deploy` seals */
	char crypttab[512]; /* its first line, printable; "": none */
};

struct image_contents {
	bool encrypted;
	char uuid[37];
	struct volume_ways ways;
	struct image_initrd initrd[IMAGE_INITRDS_MAX];
	size_t initrd_count;
	bool more; /* there are further initrds */
};

/* Reads only. */
int image_verify(const struct image_source *s, struct error *err, struct image_contents *ret);

/*
 * Is there something in it that opens the volume for whoever has the image, or that belongs to another
 * machine?
 */
bool image_keeps_secrets(const struct image_contents *c);

#endif
