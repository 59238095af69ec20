/* HMAC and a block cipher, over libcrypto: in the tool only. */
#ifndef HASH_SYMMETRIC_H
#define HASH_SYMMETRIC_H

#include <stddef.h>
#include <stdint.h>

#include "hash/hash.h"

#define AES128_LEN 16 /* bytes of a key */

/* HMAC-SHA256 (RFC 2104). -EIO. */
int hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t n,
		uint8_t ret[static SHA256_LEN]);
/* AES-128 in CFB mode, its initialisation vector all zeros, in place: for a key that is used once. -EIO. */
int aes128_cfb_encrypt(const uint8_t key[static AES128_LEN], void *data, size_t n);

#endif
