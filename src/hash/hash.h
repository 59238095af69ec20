/*
 * Hash functions, over libcrypto in the tool (hash_openssl.c) and over mbedTLS in the static program
 * (hash_mbedtls.c). Names and numbers of the algorithms are the TPM's (TCG Algorithm Registry).
 */
#ifndef HASH_HASH_H
#define HASH_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_MAX_LEN 64 /* bytes */
#define SHA256_LEN 32

enum hash_alg {
	HASH_SHA1 = 0x0004,
	HASH_SHA256 = 0x000b,
	HASH_SHA384 = 0x000c,
	HASH_SHA512 = 0x000d,
	HASH_MD5 = 0xff00, /* not a TPM number: for dpkg's md5sums, in the tool only */
};

struct hash; /* one running computation */

/* -EOPNOTSUPP when this program has no such algorithm, -ENOMEM. */
int hash_new(enum hash_alg alg, struct hash **ret);
int hash_update(struct hash *h, const void *data, size_t n);
/* Writes hash_len(alg) bytes; h cannot be used further but must still be freed. */
int hash_final(struct hash *h, uint8_t *ret);
/* Fine on NULL. */
void hash_free(struct hash *h);

/* Bytes of a digest; 0 for an unknown algorithm. */
size_t hash_len(enum hash_alg alg);
/* "sha256", ...; NULL for an unknown algorithm. */
const char *hash_name(enum hash_alg alg);

int hash_once(enum hash_alg alg, const void *data, size_t n, uint8_t *ret);
int hash_sha256(const void *data, size_t n, uint8_t ret[static SHA256_LEN]);
/* SHA-256 of a followed by b, the step of TPM policies and PCRs. */
int hash_sha256_two(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[static SHA256_LEN]);

#endif
