/* Certificates for tests. */
#ifndef TESTS_CERTIFICATE_SAMPLE_H
#define TESTS_CERTIFICATE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "hash/certificate.h"

#define SAMPLE_NUMBERS 4

struct certificate_sample {
	const char *name, *issuer; /* common names */
	EVP_PKEY *key, *by;
	int64_t now;
	long from, until; /* seconds from now */
	bool is_ca, sha256; /* sha256: signed with that instead of SHA-384 */
	struct {
		const char *oid, *text;
	} text;
	struct {
		const char *oid;
		uint8_t value;
	} number[SAMPLE_NUMBERS];
	struct {
		const char *oid;
		const void *data;
		size_t n;
	} bytes;
};

/* Signed with RSA-PSS, and read by certificates_read(). */
struct certificate *certificate_sample(const struct certificate_sample *s);

#endif
