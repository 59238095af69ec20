/*
 * What the TPM says of wrong tries (TPM 2.0 Library Part 1, "Dictionary Attack Protection"): one count for
 * all that is in it and counts, whoever made it.
 */
#ifndef SEAL_TPM_TRIES_H
#define SEAL_TPM_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "seal/tpm.h"

struct tpm_tries {
	uint32_t failed;   /* TPM_PT_LOCKOUT_COUNTER */
	uint32_t max;	   /* TPM_PT_MAX_AUTH_FAIL: with as many the TPM is locked */
	uint32_t interval; /* TPM_PT_LOCKOUT_INTERVAL: seconds, powered on, after which one is forgiven */
	bool locked;	   /* inLockout of TPM_PT_PERMANENT */
	bool owned;	   /* lockoutAuthSet of it: not everyone can set the two above, or reset the count */
};

/* -EOPNOTSUPP where the TPM does not tell. */
int tpm_tries(struct tpm *t, struct error *err, struct tpm_tries *ret);
/* Does it count at all? Part 1: with an interval of 0 nothing is counted. */
bool tpm_tries_count(const struct tpm_tries *t);
/* Why the limits are none to rely on, a sentence with the remedy; "" where nothing is wrong with them. */
void tpm_tries_weakness(const struct tpm_tries *t, struct error *ret);
/* The same where anybody can reset the count. Most Linux machines are so: for who enrols, and for status. */
#define TPM_TRIES_NOT_OWNED                                                                                 \
	"the TPM's lockout hierarchy has no password, so anyone who starts another system on this "         \
	"machine resets the count of wrong tries; 'tpm2_changeauth -c lockout PASSWORD' sets one: keep "     \
	"it, only clearing the TPM takes it away"
/*
 * "3 of 32 tries are used; the TPM forgives one for each 10 minutes that the machine is on", or that it is
 * locked, and for how long. "" where no try is used.
 */
void tpm_tries_words(const struct tpm_tries *t, struct error *ret);
/* "10 minutes" */
void tpm_tries_interval(const struct tpm_tries *t, char ret[static 32]);

#endif
