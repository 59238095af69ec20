/*
 * HMAC and PBKDF2 with SHA-256, over libcrypto in the tool (mac_openssl.c), over mbedTLS and nettle in the
 * static program (mac_static.c).
 */
#ifndef HASH_MAC_H
#define HASH_MAC_H

#include <stddef.h>
#include <stdint.h>

#include "hash/hash.h"

/* HMAC-SHA256 (RFC 2104). -EIO. */
int hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t n,
		uint8_t ret[static SHA256_LEN]);

/* RFC 8018, 5.2. iterations is at least 1. */
struct pbkdf2_input {
	const uint8_t *password;
	size_t password_len;
	const uint8_t *salt;
	size_t salt_len;
	uint32_t iterations;
};

/* PBKDF2-HMAC-SHA256. What it leaves on the stack is wiped. -EINVAL, -EIO. */
int pbkdf2_sha256(const struct pbkdf2_input *p, uint8_t ret[static SHA256_LEN]);

#endif
