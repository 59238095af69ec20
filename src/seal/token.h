/*
 * Our LUKS2 token. The only header over json-c for tokens. Attackers can write it: it proves nothing alone.
 *
 * {"type":"bootseal","keyslots":["1"],"version":1,"srk":HEX,"index":"0x0180b007","index_name":HEX,
 *  "bank":"sha256","pcrs":[4,7,8,9,14,15],"object":BASE64(TPM2B_PUBLIC||TPM2B_PRIVATE),
 *  "generations":[{"number":7,"branches":BASE64}]}                one or two, numbers differ
 * With a PIN (seal/pin.h) the version is 2, and before "generations" there are
 *  "pin_salt":HEX,"pin_iterations":NUMBER
 * branches: for each id (u32 big endian) | composite (32) | first 4 bytes of each selected PCR but 15,
 * ascending.
 */
#ifndef SEAL_TOKEN_H
#define SEAL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/pin.h"
#include "seal/policy.h"

#define TOKEN_TYPE "bootseal"
#define KEYSLOT_MAX 32 /* LUKS2_KEYSLOTS_MAX of libcryptsetup */
#define TOKEN_MAX_LEN 12288 /* bytes of JSON: the whole JSON area of a default header */
#define TOKEN_OBJECT_MAX 2048
#define GENERATION_MAX 2

struct generation {
	uint32_t number; /* counts up with each reseal, from 1 */
	size_t branch_count; /* 1..BRANCH_MAX */
	struct branch branch[BRANCH_MAX];
};

struct token {
	int keyslot; /* 0..31 */
	struct tpm_name srk, index;
	uint32_t index_handle;
	pcr_mask mask; /* always with PCR 15 */
	uint8_t object[TOKEN_OBJECT_MAX];
	size_t object_len;
	bool has_pin;
	struct pin_salt pin; /* when has_pin */
	struct generation generation[GENERATION_MAX];
	size_t generation_count;
};

/*
 * Strict: unknown version, unknown or duplicate member, wrong type or size: -EBADMSG with the member's name.
 */
int token_parse(const char *json, size_t n, struct error *err, struct token *ret);
/* Compact JSON. -E2BIG when it would be longer than TOKEN_MAX_LEN. */
int token_format(const struct token *t, struct error *err, struct buffer *ret);
/* The generation whose policy root is this digest; NULL when none is. */
const struct generation *token_generation(const struct token *t, const uint8_t root[static SHA256_LEN]);

#endif
