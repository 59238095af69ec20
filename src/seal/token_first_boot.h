/*
 * The LUKS2 token of a volume that was encrypted before its machine existed, for the first boots of that. The
 * first boot enrols, and removes keyslot and token. Attackers can write it: it proves nothing.
 *
 * {"type":"bootseal-first-boot","keyslots":["0"],"version":1, and either
 *  "key":BASE64}                                       the key of the keyslot, for everyone to see; or
 *  "srk":HEX,"pcrs":[4,7,15],"resets":N,"object":BASE64,"branches":BASE64}           seal/first_boot.h
 * branches: as in seal/token.h. keyslots has two while cryptsetup-reencrypt(8) changes the volume key.
 */
#ifndef SEAL_TOKEN_FIRST_BOOT_H
#define SEAL_TOKEN_FIRST_BOOT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "seal/first_boot.h"
#include "seal/token.h"

#define FIRST_BOOT_TOKEN_TYPE "bootseal-first-boot"
#define FIRST_BOOT_CLEAR_KEY_MIN 16 /* bytes */
#define FIRST_BOOT_CLEAR_KEY_MAX 64

enum first_boot_kind {
	FIRST_BOOT_CLEAR,  /* its machine was not known: nothing is protected yet */
	FIRST_BOOT_SEALED, /* for one machine's TPM */
};

struct first_boot_token {
	int keyslot; /* 0..31 */
	enum first_boot_kind kind;
	struct secret key;		 /* of FIRST_BOOT_CLEAR; owned */
	struct first_boot_sealed sealed; /* of FIRST_BOOT_SEALED */
};

#define FIRST_BOOT_TOKEN_NONE ((struct first_boot_token){ .keyslot = -1 })

/*
 * Strict, as token_parse(): -EBADMSG with the member's name. -ENODATA: it names no keyslot any more, as
 * libcryptsetup leaves it when the keyslot is removed before the token. ret is released with
 * first_boot_token_free().
 */
int first_boot_token_parse(const char *json, size_t n, struct error *err, struct first_boot_token *ret);
/* Compact JSON, at most TOKEN_MAX_LEN bytes. A clear key is in it, as it will be in the header. -EINVAL. */
int first_boot_token_format(const struct first_boot_token *t, struct error *err, struct buffer *ret);
/* Wipes the key. May be called on FIRST_BOOT_TOKEN_NONE, and twice. */
void first_boot_token_free(struct first_boot_token *t);

#endif
