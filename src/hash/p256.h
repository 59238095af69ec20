/* A P-256 key, to sign (ECDSA) or to agree on a secret (ECDH), over libcrypto: in the tool only. */
#ifndef HASH_P256_H
#define HASH_P256_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "hash/hash.h"

#define P256_LEN 32 /* bytes of a coordinate, of r and of s */

struct p256; /* owns the private key */

int p256_generate(struct error *err, struct p256 **ret);
/*
 * An unencrypted PEM file ("PRIVATE KEY") that only its owner may read. -ENOENT; -EPERM when others may read
 * it; -EBADMSG when it is not a P-256 key; -EFBIG.
 */
int p256_load(const char *path, struct error *err, struct p256 **ret);
/* Replaces the file atomically, mode 0600. */
int p256_save(const struct p256 *k, const char *path, struct error *err);
void p256_free(struct p256 *k); /* fine on NULL */

/* Affine coordinates of the public point, big endian, padded. */
int p256_public(const struct p256 *k, uint8_t ret_x[static P256_LEN], uint8_t ret_y[static P256_LEN]);
/* ECDSA over a digest as it is; r and s big endian, padded. */
int p256_sign(const struct p256 *k, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static P256_LEN],
	      uint8_t ret_s[static P256_LEN]);

/*
 * ECDH with the public point of another: the x coordinate of the product, padded. -EBADMSG when that is no
 * point of the curve, -ENOMEM, -EIO.
 */
int p256_agree(const struct p256 *k, const uint8_t x[static P256_LEN], const uint8_t y[static P256_LEN],
	       struct secret *ret);

#endif
