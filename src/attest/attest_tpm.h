/* Evidence from the TPM of this machine, and the judgement on it. */
#ifndef ATTEST_ATTEST_TPM_H
#define ATTEST_ATTEST_TPM_H

#include "attest/attest.h"
#include "base/buffer.h"
#include "base/error.h"
#include "seal/tpm.h"

#define ATTEST_AK_HANDLE 0x81000003u /* where Azure keeps the attestation key */

/* The report that the paravisor keeps in the TPM, made anew as it is read. -ENOENT: there is none. */
int attest_read_report(struct tpm *t, struct error *err, struct buffer *ret);

/*
 * Asks the TPM for the report, for a quote of PCR 0 to 15 and for proof that it has the storage key, with
 * nonces of its own, and judges all of it. A part that the TPM does not give is "not checked", with its
 * words. -ENOENT: there is no report, so this is no Confidential VM of that kind; others: no TPM, no memory.
 * ret_srk: the storage key's Name, all zero where there is none.
 */
int attest_tpm(struct tpm *t, struct certificate *const *certificate, size_t n,
	       const struct attest_options *o, struct error *err, struct tpm_name *ret_srk,
	       struct attest_result *ret);

#endif
