/* Getting the key out of a sealed object. */
#ifndef SEAL_TPM_UNSEAL_H
#define SEAL_TPM_UNSEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "seal/policy.h"
#include "seal/tpm.h"

struct unseal_request {
	const void *object; /* as tpm_seal returned it; untrusted bytes */
	size_t object_len;
	struct tpm_name srk;   /* what they must be called, from the anchor */
	struct tpm_name index;
	uint32_t index_handle;
	pcr_mask mask;
	const struct branch *branches; /* of the generation that the index holds */
	size_t branch_count, which;
	const struct secret *auth; /* its authValue, with a PIN (seal/pin.h); NULL: it must have none */
};

/*
 * Load, one salted and encrypted policy session, Unseal. PCRs that change midway restart it, three times.
 * The salted session stays open for a further tpm_unseal() and for tpm_close_window(), until that or
 * tpm_close(). With an authValue: -ENOKEY when it is the wrong one, which the TPM has counted; -EBUSY in
 * lockout.
 */
int tpm_unseal(struct tpm *t, const struct unseal_request *q, struct error *err, struct secret *ret);

#endif
