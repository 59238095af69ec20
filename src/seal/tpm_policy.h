/* Inside of the TPM modules: what a policy over boot paths allows, done once its PCRs hold still. */
#ifndef SEAL_TPM_POLICY_H
#define SEAL_TPM_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "seal/tpm_connection.h"

struct policy_use {
	pcr_mask mask;
	const struct branch *branches;
	size_t branch_count, which;
	const void *context; /* for both of these: */
	/* the steps behind PolicyPCR and PolicyOR, in t->session */
	int (*behind)(struct tpm *t, const void *context, struct error *err);
	/* the command that t->session authorises; what the TPM said goes to ret_rc */
	int (*command)(struct tpm *t, const void *context, struct error *err, TSS2_RC *ret_rc,
		       struct secret *ret);
};

/* -EINVAL with words when the policy leaves out the window. */
int tpm_policy_has_window(pcr_mask mask, struct error *err);

/*
 * One salted and encrypted policy session, for which the SRK must have been looked up: PolicyPCR, PolicyOR,
 * the rest, the command. PCRs that change midway restart it, three times. The session stays open, as that of
 * tpm_unseal().
 */
int tpm_policy_use(struct tpm *t, const struct policy_use *u, struct error *err, struct secret *ret);

/* A policy command that finds a digest which is not what it was given says TPM_RC_VALUE. */
int tpm_policy_error(TSS2_RC rc, const char *command, struct error *err);

/* Wipes and frees what ESYS has allocated, whole, after a copy of the bytes in it. */
int tpm_take_secret(void *whole, size_t whole_len, const void *bytes, size_t n, struct secret *ret);

#endif
