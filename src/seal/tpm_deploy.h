/* Sealing for the first boots of one machine whose TPM is elsewhere (seal/first_boot.h): in the tool only. */
#ifndef SEAL_TPM_DEPLOY_H
#define SEAL_TPM_DEPLOY_H

#include "base/error.h"
#include "base/secret.h"
#include "seal/first_boot.h"
#include "seal/tpm_storage_key.h"

struct deploy_request {
	const struct storage_key *srk;
	const struct secret *key; /* 1..FIRST_BOOT_KEY_MAX bytes */
	pcr_mask mask;		  /* with PCR 15 */
	uint32_t resets;	  /* the greatest resetCount */
	const struct branch *branches;
	size_t branch_count; /* 1..BRANCH_MAX */
};

/*
 * Asks no TPM. -EINVAL with words for a request that tpm_first_boot() would refuse, -EBADMSG for a storage
 * key that is no point of its curve.
 */
int tpm_deploy(const struct deploy_request *q, struct error *err, struct first_boot_sealed *ret);

#endif
