/* What most TPM tests need: an enrolled TPM with an authority key, a policy index and one sealed key. */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "swtpm.h"

#include "hash/p256.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_index_write.h"
#include "seal/tpm_name.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_unseal.h"
#include "seal/tpm_window.h"
#include "../sample_pcrs.h"

/* Fails the test with the words of the error. */
#define check_ok(call)                                                                   \
	do {                                                                             \
		err = ERROR_NONE;                                                        \
		int r_ = (call);                                                         \
		if (r_ != 0)                                                             \
			fail_msg("%s: %d (%s): %s", #call, r_, strerror(-r_), err.text); \
	} while (0)
#define check_fails(call, expected)                                                                     \
	do {                                                                                            \
		err = ERROR_NONE;                                                                       \
		int r_ = (call);                                                                        \
		if (r_ != (expected))                                                                   \
			fail_msg("%s: %d (%s) instead of %d: %s", #call, r_, strerror(-r_), (expected), \
				 err.text);                                                             \
		assert_true(err.text[0]);                                                               \
	} while (0)

#define TEST_KEY "0123456789abcdef0123456789abcdef"

struct fixture {
	struct swtpm swtpm;
	struct tpm *t;
	struct p256 *key;
	struct authority authority;
	struct tpm_name srk, index;
	uint32_t handle;
	struct buffer object;
	struct branch branch[BRANCH_MAX];
	size_t branch_count;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
};

extern struct error err; /* of the call that was made last */
void fixture_authority(struct p256 **ret_key, struct authority *ret);
/*
 * n branches, of which number `mine` is what the PCRs are now and the others are boot paths that differ in
 * PCR 9.
 */
void fixture_branches(struct fixture *f, size_t n, size_t mine);
/* Puts the branches' policy into the index. */
void fixture_policy(struct fixture *f);
void fixture_seal(struct fixture *f);
struct unseal_request fixture_request(const struct fixture *f, size_t which);
void fixture_reopen(struct fixture *f);
/* Nothing of ours is left in the TPM, the session that unsealed apart. */
void fixture_clean(const struct fixture *f, unsigned int sessions);
/* Extends the PCRs as that boot does. */
void fixture_boot(const struct fixture *f);
/* PCRs with a boot in them, SRK, index, n branches of which `mine` is this boot, a sealed key. */
int fixture_setup(struct fixture *f, size_t n, size_t mine);
void fixture_teardown(struct fixture *f);
/* Unseals and compares. */
void fixture_unseals(struct fixture *f, size_t which);

#endif
