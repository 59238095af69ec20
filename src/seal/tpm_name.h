/*
 * Names of the authority key and of the policy index, and the public areas that they are computed from:
 * pure.
 */
#ifndef SEAL_TPM_NAME_H
#define SEAL_TPM_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash/hash.h"
#include "seal/policy.h"

#define INDEX_DATA_LEN (2 + SHA256_LEN) /* TPM2_ALG_SHA256 || policy digest */

struct TPM2B_PUBLIC; /* of tpm2-tss, as the other two */
struct TPM2B_NV_PUBLIC;
struct TPMS_NV_PUBLIC;

/* Signs a 32-byte digest with the authority key: P-256 ECDSA, r and s padded to 32 bytes. */
struct authority {
	uint8_t x[32], y[32];
	int (*sign)(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		    uint8_t ret_s[static 32]);
	void *key;
};

/* Name of the authority's public key as the TPM computes it (LoadExternal), pure. */
int authority_name(const struct authority *a, struct tpm_name *ret);
/* Name of the index before (written false) and after its first write, pure. */
int index_name(uint32_t handle, const struct authority *a, bool written, struct tpm_name *ret);
/* Of a marshalled public area: nameAlg || SHA-256 (Part 1, "Names"); we use no other nameAlg. */
int tpm_name_of(const void *area, size_t n, struct tpm_name *ret);

/* For tpm*.c: the public areas, filled for the TPM, and the Name of an index with that public area. */
void tpm_authority_public(const struct authority *a, struct TPM2B_PUBLIC *ret);
int tpm_index_public(uint32_t handle, const struct authority *a, struct TPM2B_NV_PUBLIC *ret);
int tpm_nv_name(const struct TPMS_NV_PUBLIC *p, struct tpm_name *ret);

#endif
