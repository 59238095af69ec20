/* Sessions, salted to the SRK. */
#ifndef SEAL_TPM_SESSION_H
#define SEAL_TPM_SESSION_H

#include "seal/tpm_connection.h"

/* Salted to the SRK, which must have been looked up; AES-128-CFB, SHA-256. */
int tpm_session_start(struct tpm *t, TPM2_SE type, struct error *err, ESYS_TR *ret);
int tpm_session_flags(struct tpm *t, ESYS_TR session, TPMA_SESSION flags, struct error *err);
/* For a session that the TPM itself has ended, because continueSession was clear. */
void tpm_session_ended(struct tpm *t, ESYS_TR *session);

#endif
