/* ESYS without bootseal: what an attacker, or anybody else, asks of the TPM with a program of their own. */
#ifndef TESTS_ESYS_H
#define TESTS_ESYS_H

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "fixture.h"

#define NONE ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE
#define good(call) assert_int_equal((call), TSS2_RC_SUCCESS)

struct esys {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *e;
};

void esys_open(const struct swtpm *s, struct esys *ret);
void esys_close(struct esys *s);
ESYS_TR esys_find(struct esys *s, uint32_t handle);
/* Format one without the number of parameter, handle or session. */
TSS2_RC rc_base(TSS2_RC rc);
/* An unsalted session without encryption. */
ESYS_TR esys_session(struct esys *s, TPM2_SE type);
void esys_digest(struct esys *s, ESYS_TR session, uint8_t ret[static SHA256_LEN]);
/* PolicyPCR with what the PCRs are now. */
TSS2_RC esys_policy_pcr(struct esys *s, ESYS_TR session);
TSS2_RC esys_policy_or(struct esys *s, ESYS_TR session, const struct policy_or *o);
/* The public part of a P-256 signing key, with the attributes that ours has. */
ESYS_TR esys_load_key(struct esys *s, const struct authority *a);

#endif
