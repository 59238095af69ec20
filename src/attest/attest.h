/*
 * Is this, or that, machine a Confidential VM, and is its vTPM inside of what the CPU protects?
 * (doc/design.md, 9a.) A list of checks, each with a verdict and words; nothing is asked of a network.
 *
 *   report of the CPU -> hash of the claims -> attestation key (AK) -> what the AK signed: PCRs, storage key
 *
 * What the report says is as good as its signature, that as its certificates, and those as AMD's root keys,
 * which are in this program. The paravisor, which AMD's CPU measures and Microsoft makes, is believed.
 */
#ifndef ATTEST_ATTEST_H
#define ATTEST_ATTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/amd.h"
#include "attest/hcl_claims.h"
#include "attest/hcl_report.h"
#include "attest/snp_report.h"
#include "attest/statement.h"
#include "base/error.h"
#include "base/reader.h"
#include "seal/policy.h"

/* What is judged. Borrowed; an empty reader is something that is not there. */
struct attest_evidence {
	struct reader report; /* the HCL report */
	struct certificate *const *certificate;
	size_t certificate_count;
	const struct rsa_public *tpm_ak; /* of the TPM at hand; NULL: none is */
	struct reader quote, quote_signature;
	struct reader quote_nonce; /* what the quote must hold */
	const uint8_t (*pcrs)[SHA256_LEN]; /* PCR_COUNT values that it must be of; NULL: not known */
	struct reader certified, certified_signature, certified_nonce; /* of the storage key */
	const struct tpm_name *srk; /* the storage key's Name; with certified */
};

struct attest_options {
	bool allow_debug, allow_migration;
	uint32_t vmpl_max;        /* 0: only the highest privilege */
	const struct snp_tcb *least; /* NULL: none is asked for */
	int64_t now;              /* seconds since 1970 */
	const struct amd_line *lines; /* NULL: amd_lines */
	/* a report from elsewhere, without a TPM: what is missing is not asked for */
	bool only_report;
};

enum attest_verdict {
	ATTEST_PASSED,
	ATTEST_FAILED,
	ATTEST_NOT_CHECKED, /* something for it is missing, or an earlier check failed */
	ATTEST_NOT_ASKED,   /* by the options */
};

struct attest_check {
	const char *name; /* a word: "report", "signature" */
	enum attest_verdict verdict;
	char text[400];   /* what was found, printable */
};

#define ATTEST_CHECKS_MAX 20

struct attest_result {
	struct attest_check check[ATTEST_CHECKS_MAX];
	size_t n;
	bool parsed; /* the rest is set */
	enum hcl_kind kind;
	struct hcl_claims claims;
	const struct amd_line *line; /* NULL where no certificates fit */
	bool has_measurement;        /* of an AMD CPU: of what the paravisor was when the VM started */
	uint8_t measurement[SNP_MEASUREMENT_LEN];
};

/* ATTEST_FAILED when one did; else ATTEST_NOT_CHECKED when one was not; else ATTEST_PASSED. */
enum attest_verdict attest_conclusion(const struct attest_result *r);

void attest_judge(const struct attest_evidence *e, const struct attest_options *o, struct attest_result *ret);

#endif
