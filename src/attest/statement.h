/*
 * What a TPM signs with an attestation key: TPMS_ATTEST of TPM2_Quote and TPM2_Certify (TPM 2.0 Library,
 * part 2, 10.12), with an RSA signature. Read from bytes, for a TPM elsewhere as well.
 */
#ifndef ATTEST_STATEMENT_H
#define ATTEST_STATEMENT_H

#include <stdint.h>

#include "base/error.h"
#include "base/pcr.h"
#include "base/reader.h"
#include "hash/hash.h"
#include "hash/rsa.h"

#define STATEMENT_MAX_LEN 2048
#define STATEMENT_NONCE_MAX 64

enum statement_kind { STATEMENT_QUOTE, STATEMENT_CERTIFY };

struct statement {
	enum statement_kind kind;
	struct reader nonce; /* what the asker gave; borrowed, as the others */
	/* of a quote */
	pcr_mask pcrs;           /* of the SHA-256 bank */
	struct reader pcr_digest; /* SHA-256 of their values, in order */
	/* of a certified key */
	struct reader name;
};

/* -EBADMSG: no such statement; -EOPNOTSUPP: another kind, or PCRs of another bank. */
int statement_parse(const struct reader *bytes, struct error *err, struct statement *ret);

/*
 * Did the key sign it? signature: the bytes alone, or a TPMT_SIGNATURE as tpm2_quote writes it. -EBADMSG: it
 * has neither form; -EKEYREJECTED: no.
 */
int statement_signed(const struct reader *bytes, const struct reader *signature,
		     const struct rsa_public *key, struct error *err);

/* What pcr_digest must be. */
int statement_pcr_digest(pcr_mask pcrs, const uint8_t values[static PCR_COUNT][SHA256_LEN],
			 uint8_t ret[static SHA256_LEN]);

#endif
