/*
 * Inside of the TPM modules: the connection, which is made again where it broke, and what is in the TPM
 * because of us.
 *
 * Commands go through TPM_TRY(), which asks again, for a bounded time, when the TPM says "not now".
 */
#ifndef SEAL_TPM_CONNECTION_H
#define SEAL_TPM_CONNECTION_H

#include <tss2/tss2_esys.h>

#include "seal/policy.h"
#include "seal/tpm.h"
#include "seal/tpm_transport.h"

/* the three session arguments of an ESYS call */
#define NO_SESSION ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE
#define BY_PASSWORD ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE /* always the empty one */

#define STALE_MAX 4
#define TOTAL_TIMEOUT_MS 30000 /* budget for all retries of one struct tpm */

/* By which template t->srk is a primary of ours, for the time of this struct tpm: tpm_srk_or_primary(). */
enum srk_template {
	SRK_PERSISTENT, /* by none: it is the key at SRK_HANDLE */
	SRK_ECC,
	SRK_ECC_EMPTY, /* with an empty `unique` */
	SRK_RSA,
	SRK_RSA_EMPTY,
};

struct tpm {
	ESYS_CONTEXT *esys;
	/* what was looked up, so that unlocking reads each public area once; ESYS_TR_NONE before */
	ESYS_TR srk, index;
	enum srk_template srk_template;
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

#define TPM_TRY(t, rc, call)                                \
	do {                                                \
		unsigned int tries_ = 0;                    \
		do                                          \
			(rc) = (call);                      \
		while (tpm_try_again((t), (rc), tries_++)); \
	} while (0)

bool tpm_try_again(struct tpm *t, TSS2_RC rc, unsigned int tries); /* sleeps before it says yes */

int tpm_connect(struct tpm *t, struct error *err);
void tpm_disconnect(struct tpm *t);
/* Called first by every function that sends a command. */
int tpm_ready(struct tpm *t, struct error *err);

/* Object or session; fine on ESYS_TR_NONE, which it leaves behind. */
void tpm_flush(struct tpm *t, ESYS_TR *what);
/* Ends ESYS's record of something that stays in the TPM; leaves ESYS_TR_NONE behind. */
void tpm_forget(struct tpm *t, ESYS_TR *what);
/*
 * Flushes what earlier flushes could not, and what has an unknown handle. One try: what comes back is for
 * the next boot.
 */
void tpm_sweep(struct tpm *t);

#endif
