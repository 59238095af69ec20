/*
 * The TPM: opening and closing it. What is asked of it is in the tpm_*.h beside this. Types of tpm2-tss are
 * in tpm_{connection,error,lookup,session,transport}.h only, which nothing but tpm*.c includes.
 *
 * One context, one thread. Every function leaves the TPM with no session or transient object of ours in it,
 * but for the session that unlocked and, after tpm_first_boot(), a storage root key that is not persistent.
 * (After an answer that was lost or changed on the bus the next call does that, or tpm_close(), over a new
 * connection.) A TPM that does not answer, or not now, is waited for half a minute in all; then every
 * further call is -ETIMEDOUT. Errors: -ENODEV no TPM; -ENOENT no such handle; -EKEYREJECTED the SRK's or
 * index's Name is not the expected one; -EACCES the policy does not match or the PCRs keep changing;
 * -EAGAIN the TPM asks to come back later (after our own retries); -EPERM authorisation (owner password)
 * refused; -ENOSPC no room in NV or for sessions; -EOPNOTSUPP a command that this TPM lacks, or a hash or
 * key type that is not ours; -EBADMSG a sealed object that is damaged or not of this SRK; -ETIMEDOUT; -EIO
 * anything else. The words in err name the command and the TPM's own response code.
 */
#ifndef SEAL_TPM_H
#define SEAL_TPM_H

#include <stdbool.h>

#include "base/error.h"

struct tpm;

/*
 * tcti: NULL (the first of /dev/tpm0, /dev/tpmrm0 that opens), "device:PATH", "swtpm:host=H,port=N" or
 * "swtpm:path=SOCKET". Sets TSS2_LOG=all+none, since tpm2-tss writes to stderr.
 */
int tpm_open(const char *tcti, struct error *err, struct tpm **ret);
void tpm_close(struct tpm *t); /* fine on NULL */

/* Did any command succeed since tpm_open()? A TPM that answers none cannot unseal, either. */
bool tpm_answers(const struct tpm *t);

#endif
