/* The public area of another machine's storage root key, from a file: in the tool only. */
#ifndef SEAL_TPM_STORAGE_KEY_H
#define SEAL_TPM_STORAGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hash/p256.h"
#include "hash/rsa.h"
#include "seal/policy.h"

#define STORAGE_KEY_FILE_MAX 1024 /* bytes */

struct storage_key {
	struct tpm_name name;
	bool is_rsa; /* RSA-2048; else ECC P-256 */
	struct rsa_public rsa;
	uint8_t x[P256_LEN], y[P256_LEN]; /* padded */
	/* bytes of x in the public area: an old TPM may leave zeros out in front, and hashes what it has */
	size_t x_len;
};

/*
 * A TPM2B_PUBLIC as on the wire, which `tpm2_readpublic -o`, `systemd-analyze srk` and Canonical's tools
 * write. It must be a storage key as TCG TPM v2.0 Provisioning Guidance 7.5.1 has it: restricted, decrypt,
 * fixed to its TPM, used with a password, AES-128-CFB, SHA-256; noDA may be missing, as with tpm2-tools.
 * -EBADMSG for bytes that are none, -EOPNOTSUPP for another key, with what it is. Nothing proves whose it is.
 */
int storage_key_parse(const void *bytes, size_t n, struct error *err, struct storage_key *ret);

#endif
