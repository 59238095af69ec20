/*
 * A stand-in for Ubuntu's shim, which cannot be handed on: Debian's signature, which the same certificate of
 * Microsoft made, over an image with Canonical's certificate and the texts of Ubuntu's build.
 */
#ifndef TESTS_UBUNTU_SHIM_H
#define TESTS_UBUNTU_SHIM_H

#include "base/buffer.h"
#include "base/reader.h"

/* shim 15.8's own level: include/sbat_var_defs.h, SBAT_VAR_AUTOMATIC */
#define UBUNTU_SHIM_LEVEL "sbat,1,2023012900\nshim,2\ngrub,3\ngrub.debian,4\n"

struct ubuntu_shim {
	struct reader vendor;   /* Canonical's certificate */
	struct reader vendor_x; /* a list of its own, which Ubuntu's shim has and hides; any */
	const char *sbat;
	const char *level;      /* NULL: without a section .sbatlevel, as before 15.6 */
};

void ubuntu_shim_make(const struct ubuntu_shim *s, struct buffer *ret);

#endif
