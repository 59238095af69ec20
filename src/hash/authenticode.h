/*
 * Authenticode signatures and X.509 certificates, over libcrypto. Only in the tool.
 *
 * Microsoft, "Windows Authenticode Portable Executable Signature Format": PKCS#7 SignedData over
 * SpcIndirectData, which holds the image's digest. Verified as the firmware and shim do (AuthenticodeVerify
 * and Pkcs7Verify of their CryptLib): any certificate of the chain may be the trusted one, and neither dates
 * nor purposes are checked.
 */
#ifndef HASH_AUTHENTICODE_H
#define HASH_AUTHENTICODE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/reader.h"
#include "hash/hash.h"

#define AUTHENTICODE_CERTS_MAX 32 /* in one signature */

struct authenticode;

/* -EBADMSG when the bytes are not an Authenticode signature; bytes after the DER are padding. */
int authenticode_parse(const struct reader *pkcs7, struct authenticode **ret);
/* Fine on NULL. */
void authenticode_free(struct authenticode *s);

/* Was it made for an image with this Authenticode SHA-256 digest? */
bool authenticode_covers(const struct authenticode *s, const uint8_t digest[static SHA256_LEN]);

/* Is it valid, with this DER certificate anywhere in its chain? A malformed certificate gives false. */
int authenticode_verify(const struct authenticode *s, const struct reader *cert, bool *ret_valid);

/* The number of certificates in it, at most AUTHENTICODE_CERTS_MAX. */
size_t authenticode_n_certs(const struct authenticode *s);
/* SHA-256 of certificate i: whole, and of its to-be-signed part (UEFI 32.4.1, EFI_CERT_X509_SHA256). */
int authenticode_cert_digest(const struct authenticode *s, size_t i, uint8_t ret_whole[static SHA256_LEN],
			     uint8_t ret_tbs[static SHA256_LEN]);

/* Does the extended key usage of this DER certificate have this OID ("1.3.6.1...")? */
bool authenticode_cert_has_usage(const struct reader *cert, const char *oid);

/* Adds the common name, or else the organisation, in printable ASCII; -EBADMSG: not a certificate. */
int authenticode_cert_add_name(const struct reader *cert, struct buffer *b);

#endif
