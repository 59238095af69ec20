/* The storage root key for an enrolment: made where it is absent, and fit to seal under. */
#ifndef SEAL_TPM_SRK_ENSURE_H
#define SEAL_TPM_SRK_ENSURE_H

#include <stdbool.h>

#include "base/error.h"
#include "seal/policy.h"
#include "seal/tpm.h"

struct srk_kind {
	bool made; /* by this call */
	/*
	 * Made without noDA, as tpm2-tools do: the TPM counts a power cut after its use as a wrong try, and
	 * after some of them it is locked for a while (TPM 2.0 Part 1, "Dictionary Attack Protection").
	 */
	bool counts_tries;
};

/*
 * ret_kind may be NULL. tpm_srk(), created from the TCG ECC P-256 template and
 * made persistent where absent. -EOPNOTSUPP, with what it is and how it can be removed, for a key that
 * nothing can be sealed under: another kind, or one with a password.
 */
int tpm_srk_ensure(struct tpm *t, struct error *err, struct tpm_name *ret_name, struct srk_kind *ret_kind);

/* Takes back one that was made a moment ago, for an enrolment that could not go on. Best effort. */
void tpm_srk_undo(struct tpm *t, const struct tpm_name *name);

#endif
