/*
 * X.509 certificates (RFC 5280) and what their keys have signed, over libcrypto: in the tool only. What a
 * certificate means, and which ones are trusted, is decided by the caller.
 */
#ifndef HASH_CERTIFICATE_H
#define HASH_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"
#include "hash/hash.h"

#define CERTIFICATE_MAX_LEN 65536 /* bytes of a file with certificates */
#define P384_LEN 48               /* bytes of r and of s */

struct certificate;

/*
 * One DER certificate, or any number of PEM ones with other text between them. At most max, which are to be
 * released one by one. -EBADMSG: something in it is no certificate, or there is none; -E2BIG.
 */
int certificates_read(const struct reader *text, size_t max, struct error *err, struct certificate **ret,
		      size_t *ret_n);
void certificate_free(struct certificate *c); /* fine on NULL */

/* SHA-256 of its SubjectPublicKeyInfo. */
int certificate_key_digest(const struct certificate *c, uint8_t ret[static SHA256_LEN]);
/* SHA-256 of the whole certificate. */
int certificate_digest(const struct certificate *c, uint8_t ret[static SHA256_LEN]);
/* Is it a certificate authority's (basicConstraints)? */
bool certificate_is_ca(const struct certificate *c);
/* Adds the subject's common name in printable ASCII. */
void certificate_add_name(const struct certificate *c, struct buffer *b);
bool certificate_is_named(const struct certificate *c, const char *common_name);
/*
 * The value of the extension with that OID ("1.3.6.1..."), borrowed; -ENOENT; -EEXIST when there is more than
 * one.
 */
int certificate_extension(const struct certificate *c, const char *oid, struct reader *ret);
/* Is that time, in seconds since 1970, outside of what it is valid for? -1 before, 1 after, 0 within. */
int certificate_age(const struct certificate *c, int64_t now);

/* The last second that it is valid for, since 1970. -EBADMSG: it is no time. */
int certificate_end(const struct certificate *c, int64_t *ret);

/*
 * Did the issuer's key sign it, under the issuer's name, with RSASSA-PSS, SHA-384 and a salt of 48 bytes (all
 * of AMD's certificates)?
 */
bool certificate_signed_by(const struct certificate *c, const struct certificate *issuer);
/* Did its key, on P-384, sign these bytes with SHA-384 (ECDSA)? r and s are big endian. */
bool certificate_signed_p384(const struct certificate *c, const struct reader *bytes,
			     const uint8_t r[static P384_LEN], const uint8_t s[static P384_LEN]);

#endif
