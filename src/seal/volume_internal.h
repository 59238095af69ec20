/* What volume.c, volume_token.c and volume_keyslot.c share. Not for any other file. */
#ifndef SEAL_VOLUME_INTERNAL_H
#define SEAL_VOLUME_INTERNAL_H

#include <libcryptsetup.h>

#include "seal/volume.h"

#define TOKEN_SLOTS 32 /* LUKS2_TOKENS_MAX */

struct volume {
	struct crypt_device *cd;
	char *device;
	char uuid[37];
	char last[256]; /* libcryptsetup's last error message; empty when it gave none since volume_said() */
};

/*
 * Sets err to "DEVICE: WHAT: " and what libcryptsetup said, or the errno's text where it said nothing;
 * returns r.
 */
int volume_said(const struct volume *v, int r, const char *what, struct error *err);

#endif
