/* The gate of a first boot (seal/first_boot.h): pure. */
#ifndef SEAL_TPM_GATE_H
#define SEAL_TPM_GATE_H

#include <stdint.h>

#include "seal/policy.h"

struct TPM2B_PUBLIC; /* of tpm2-tss, as the other one */
struct TPM2B_SENSITIVE;

/* Its Name as the TPM computes it. */
int gate_name(const uint8_t policy[static SHA256_LEN], struct tpm_name *ret);

/* For tpm*.c: both of its areas, for TPM2_LoadExternal. */
int tpm_gate(const uint8_t policy[static SHA256_LEN], struct TPM2B_SENSITIVE *ret_sensitive,
	     struct TPM2B_PUBLIC *ret_public);

#endif
