/*
 * Inside of the TPM modules (tpm*.c): the context and what they share. Nobody else includes this.
 *
 * Commands go through TPM_TRY(), which asks again, for a bounded time, when the TPM says "not now".
 */
#ifndef SEAL_TPM_INTERNAL_H
#define SEAL_TPM_INTERNAL_H

#include <tss2/tss2_esys.h>

#include "seal/tpm.h"

/* the three session arguments of an ESYS call */
#define NO_SESSION ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define BY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE /* always the empty one */

#define STALE_MAX 4
#define TOTAL_TIMEOUT_MS 30000 /* budget for all retries of one struct tpm */
#define ANSWER_MS 10000        /* for one answer */
#define INDEX_DATA_LEN (2 + SHA256_LEN) /* TPM2_ALG_SHA256 || policy digest */

/*
 * Shape of a sealed object, authPolicy apart: usable by nothing but its policy, on this TPM, under this
 * parent
 */
#define SEALED_TEMPLATE                                                                                 \
	{                                                                                               \
		.type = TPM2_ALG_KEYEDHASH, .nameAlg = TPM2_ALG_SHA256,                                 \
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA | \
				    TPMA_OBJECT_ADMINWITHPOLICY,                                        \
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,                              \
	}

/* tpm_transport.c: between ESYS and the TCTI; keeps the time limits. */
struct transport {
	TSS2_TCTI_CONTEXT_COMMON_V1 v1; /* first: what ESYS takes for the TCTI */
	TSS2_TCTI_CONTEXT *tcti;
	uint32_t command; /* the code of the one that was sent last, */
	int64_t sent_ms;  /* and when */
	int64_t time_left_ms; /* what is left of TOTAL_TIMEOUT_MS; at zero the TPM is not asked again */
};

struct tpm {
	ESYS_CONTEXT *esys;
	/* what was looked up, so that unlocking reads each public area once; ESYS_TR_NONE before */
	ESYS_TR srk, index;
	struct tpm_name srk_name, index_name;
	uint32_t index_handle;
	ESYS_TR session; /* the salted policy session that tpm_unseal() leaves for tpm_close_window() */
	/*
	 * An answer that cannot be trusted or understood leaves ESYS unusable. Then nothing more is sent
	 * until tpm_ready() has made a new connection and flushed what was left behind.
	 */
	bool broken;
	TPM2_HANDLE stale[STALE_MAX]; /* to be flushed */
	size_t stale_count;
	bool unseen; /* something whose handle nobody knows may be in the TPM */
	bool answered; /* one command at least went well */
	struct transport transport;
	char *conf; /* as given to tpm_open(), or NULL */
};

/* Instead of a TCTI's "try again", which ESYS repeats without limit; no layer of tpm2-tss uses this number. */
#define RC_LATE (TSS2_TCTI_RC_LAYER | 0xfffe)

#define TPM_TRY(t, rc, call)                                \
	do {                                                \
		unsigned int tries_ = 0;                    \
		do                                          \
			(rc) = (call);                      \
		while (tpm_try_again((t), (rc), tries_++)); \
	} while (0)

/* tpm_transport.c */
/*
 * Opens the TPM as tpm_open() says. -ENODEV.
 *
 * ESYS would wait for an answer without limit. The device's driver gives up, but only after minutes, and waits as long at each further
 * command. So all waiting without an answer is charged to one budget for each struct tpm.
 */
int transport_open(struct transport *tp, const char *tcti, struct error *err);
void transport_close(struct transport *tp);
void transport_wait(struct transport *tp, unsigned int ms); /* before the same command is sent again */

/* tpm_error.c: the one place where TSS2_RC becomes errno and words */
bool tpm_try_again(struct tpm *t, TSS2_RC rc, unsigned int tries); /* sleeps before it says yes */
/*
 * The TPM's own code without the number of handle, parameter or session; codes of other layers as they are.
 */
TSS2_RC tpm_code(TSS2_RC rc);
bool tpm_parameter_refused(TSS2_RC rc); /* the TPM named a parameter as wrong */
int tpm_error(TSS2_RC rc, const char *command, struct error *err);
/* The same for what needs the owner hierarchy or room in NV memory: it says what to do about those. */
int tpm_owner_error(TSS2_RC rc, const char *command, struct error *err);

/* tpm_session.c */
/* Salted to the SRK, which must have been looked up; AES-128-CFB, SHA-256. */
int tpm_session_start(struct tpm *t, TPM2_SE type, struct error *err, ESYS_TR *ret);
int tpm_session_flags(struct tpm *t, ESYS_TR session, TPMA_SESSION flags, struct error *err);
/* For a session that the TPM itself has ended, because continueSession was clear. */
void tpm_session_ended(struct tpm *t, ESYS_TR *session);
/* Object or session; fine on ESYS_TR_NONE, which it leaves behind. */
void tpm_flush(struct tpm *t, ESYS_TR *what);

/* Reads the public area at a persistent handle or NV index and computes its Name. -ENOENT. */
int tpm_lookup(struct tpm *t, uint32_t handle, struct error *err, ESYS_TR *ret, struct tpm_name *ret_name);
void tpm_forget(struct tpm *t, ESYS_TR *what);
/* The SRK, looked up at most once; expected may be NULL. -EKEYREJECTED when it has another Name. */
int tpm_srk_want(struct tpm *t, const struct tpm_name *expected, struct error *err);
/* The same for the index. */
int tpm_index_want(struct tpm *t, uint32_t handle, const struct tpm_name *expected, struct error *err);

bool tpm_name_equal(const struct tpm_name *a, const struct tpm_name *b);

/* tpm.c */
/* Called first by every function that sends a command. */
int tpm_ready(struct tpm *t, struct error *err);
void tpm_select(pcr_mask mask, TPML_PCR_SELECTION *ret);

/* tpm_name.c: public areas of ours, filled for the TPM */
void tpm_authority_public(const struct authority *a, TPM2B_PUBLIC *ret);
int tpm_nv_name(const TPMS_NV_PUBLIC *p, struct tpm_name *ret);
int tpm_index_public(uint32_t handle, const struct authority *a, TPM2B_NV_PUBLIC *ret);

#endif
