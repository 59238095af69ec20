/*
 * TPM policies, computed without a TPM (TPM 2.0 Library Part 1, 19.7 and Part 3, 23).
 *
 * Shape: sealed object -> PolicyAuthorizeNV(policy index); the index holds PolicyOR(branch 0, branch 1, ...);
 * a branch is PolicyPCR over one boot path's values. An OR of ANDs, never an OR per PCR.
 */
#ifndef SEAL_POLICY_H
#define SEAL_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/pcr.h"
#include "hash/hash.h"

#define BRANCH_MAX 32       /* in one generation */
#define BRANCH_PREFIX_LEN 4 /* bytes of each PCR's value, to say which one differs */
#define POLICY_OR_MAX 8     /* digests in one PolicyOR, TPM 2.0 Part 3, 23.6 */
#define POLICY_RESETS_OFFSET 16 /* of resetCount in TPMS_TIME_INFO, Part 2, 10.12.1 */
#define POLICY_UNSIGNED_LE 9    /* TPM_EO_UNSIGNED_LE, Part 2, 6.8 */
#define TPM_NAME_LEN 34     /* TPM2_ALG_SHA256 || digest: we use no other name algorithm */

struct tpm_name {
	uint8_t bytes[TPM_NAME_LEN];
};

struct branch {
	/* names the boot path in the tool's state; unique in a generation */
	uint32_t id;
	/* SHA-256 over the selected PCRs, ascending, PCR 15 being zero */
	uint8_t composite[SHA256_LEN];
	uint8_t prefix[PCR_COUNT][BRANCH_PREFIX_LEN]; /* only the selected ones count */
};

/* Fills composite and prefix from full values; PCR 15 counts as zero, whatever pcrs says. */
int branch_from_pcrs(uint32_t id, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		     struct branch *ret);

/* SHA-256 over the selected values as they are (PCR 15 included): what PolicyPCR compares. */
int policy_composite(pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		     uint8_t ret[static SHA256_LEN]);

/*
 * The branch whose composite is this one, or n; and the nearest one by count of equal prefixes (n when n is
 * 0).
 */
size_t branch_find(const struct branch *b, size_t n, const uint8_t composite[static SHA256_LEN]);
size_t branch_nearest(const struct branch *b, size_t n, pcr_mask mask,
		      const uint8_t pcrs[static PCR_COUNT][SHA256_LEN], pcr_mask *ret_differing);

/* Digest after PolicyPCR on a fresh session. */
int policy_pcr(pcr_mask mask, const uint8_t composite[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);

/* What one PolicyOR call is given. */
struct policy_or {
	size_t n; /* 2..POLICY_OR_MAX */
	uint8_t digest[POLICY_OR_MAX][SHA256_LEN];
};

/* The PolicyOR calls that lead from one branch to the root, in order. */
struct policy_path {
	size_t n; /* 1 or 2 */
	struct policy_or step[2];
};

/*
 * The root: groups of at most eight branches, one PolicyOR each; with more than one group one more over the
 * groups; a lone digest is given twice, since PolicyOR wants two. -EINVAL for no branch or more than
 * BRANCH_MAX.
 */
int policy_root(pcr_mask mask, const struct branch *b, size_t n, uint8_t ret[static SHA256_LEN]);
int policy_path(pcr_mask mask, const struct branch *b, size_t n, size_t which, struct policy_path *ret);

/* Digest after PolicyAuthorizeNV on that index: authPolicy of every sealed object. */
int policy_authorize_nv(const struct tpm_name *index, uint8_t ret[static SHA256_LEN]);

/* Digest after PolicySigned by that key with an empty policyRef: authPolicy of the index. */
int policy_signed(const struct tpm_name *key, uint8_t ret[static SHA256_LEN]);

/*
 * Digests of two steps that follow others: PolicyCounterTimer with "resetCount is at most this" (Part 3,
 * TPM2_PolicyCounterTimer), and PolicyCommandCode(TPM2_ActivateCredential).
 */
int policy_counter_timer(const uint8_t before[static SHA256_LEN], uint32_t resets,
			 uint8_t ret[static SHA256_LEN]);
int policy_activate(const uint8_t before[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);
/* After another step: PolicyAuthValue (Part 3, TPM2_PolicyAuthValue), the object's own authValue besides. */
int policy_auth_value(const uint8_t before[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);

#endif
