/* A public RSA key given as numbers, over libcrypto: in the tool only. */
#ifndef HASH_RSA_H
#define HASH_RSA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

#define RSA_MAX_LEN 512 /* bytes of a modulus */

struct rsa_public {
	uint8_t n[RSA_MAX_LEN]; /* modulus, big endian */
	size_t n_len;		/* bytes; the first one is not 0 */
	uint32_t e;		/* exponent */
};

bool rsa_public_equal(const struct rsa_public *a, const struct rsa_public *b);

/*
 * Is it the signature of these bytes, RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2)? False, too, for a
 * modulus of fewer than 2048 bits and for an even exponent or one below 65537.
 */
bool rsa_signed_sha256(const struct rsa_public *key, const struct reader *bytes,
		       const struct reader *signature);

/*
 * RSAES-OAEP with SHA-256, for its mask as well (RFC 8017, 7.1.1): key->n_len bytes. The label is its bytes
 * as they are, at most 64 of them. -EINVAL for a key that rsa_signed_sha256() refuses, or for text that does
 * not fit; -EIO.
 */
int rsa_encrypt_oaep(const struct rsa_public *key, const struct reader *label, const uint8_t *text, size_t n,
		     uint8_t ret[static RSA_MAX_LEN]);

#endif
