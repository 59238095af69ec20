/*
 * A Confidential VM of our own making: root, intermediate and a CPU's key as AMD has them (names, extensions,
 * RSA-PSS and P-384; the RSA keys are of 2048 bits, to be made quickly), an attestation key, a report with
 * claims, and what that key signs. None of these is anybody's.
 */
#ifndef TESTS_ATTEST_SAMPLE_H
#define TESTS_ATTEST_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "attest/attest.h"
#include "base/buffer.h"

#define SAMPLE_LINE "Sample"
#define SAMPLE_NOW INT64_C(1767225600) /* in seconds since 1970: 2026 begins */
#define SAMPLE_VM_ID "5EA1AB1E-0000-4000-8000-000000000001"
#define SAMPLE_REPORT_LEN 2600

/* What a certificate of a CPU's key says; as the sample's report has it, at first. */
struct vcek_sample {
	const char *name, *product;
	uint8_t boot_loader, tee, snp, microcode;
	uint8_t chip[SNP_CHIP_LEN];
	long from, until; /* seconds from SAMPLE_NOW */
	bool sha256;      /* signed with SHA-256 instead */
	bool tagged_chip; /* the chip id has a DER tag */
};

struct attest_keys {
	EVP_PKEY *ark, *ask, *vcek, *ak;
	struct rsa_public ak_public;
	struct certificate *certificate[3]; /* VCEK, ASK, ARK */
	struct amd_line lines[2];
};

void attest_keys_make(struct attest_keys *ret);
void attest_keys_free(struct attest_keys *k);
struct vcek_sample vcek_sample(void);
/* Puts another one in the place of the CPU's certificate. */
void attest_keys_certify(struct attest_keys *k, const struct vcek_sample *v);
/* An intermediate that is no authority, or a root that is. */
void attest_keys_certify_ask(struct attest_keys *k, bool is_ca);

/* The report: HCL header, SNP report, claims. */
struct report_sample {
	uint8_t bytes[SAMPLE_REPORT_LEN];
};

#define SAMPLE_SNP 32                              /* where the SNP report begins */
#define SAMPLE_CLAIMS_HEADER (SAMPLE_SNP + 1184)
#define SAMPLE_CLAIMS (SAMPLE_CLAIMS_HEADER + 20)

void report_sample_make(const struct attest_keys *k, struct report_sample *ret);
void report_sample_claims(struct report_sample *s, const char *json);
/* Its claims' hash and the CPU's signature, over what it is now. */
void report_sample_sign(const struct attest_keys *k, struct report_sample *s);
/* The claims with that key. */
void claims_sample(const struct rsa_public *ak, struct buffer *ret);

/* A quote, or the statement that a key of that Name is in the TPM, and the attestation key's signature. */
struct statement_sample {
	struct buffer bytes, signature;
};

void quote_sample(const struct attest_keys *k, pcr_mask pcrs,
		  const uint8_t values[static PCR_COUNT][SHA256_LEN], const char *nonce,
		  struct statement_sample *ret);
void certify_sample(const struct attest_keys *k, const struct tpm_name *name, const char *nonce,
		    struct statement_sample *ret);
void statement_sample_sign(const struct attest_keys *k, struct statement_sample *s);
void statement_sample_free(struct statement_sample *s);

/* The check of that name; fails the test when there is none. */
const struct attest_check *attest_find(const struct attest_result *r, const char *name);
/* Fails the test unless that check has this verdict and these words in its text. */
void attest_expect(const struct attest_result *r, const char *name, enum attest_verdict verdict,
		   const char *words);

#endif
