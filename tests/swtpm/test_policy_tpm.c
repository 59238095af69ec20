/* What src/seal/policy.c and tpm_name.c compute is what a TPM computes. */
#include "esys.h"

#include "seal/tpm_index.h"
#include "seal/tpm_name.h"

static struct fixture f;
static struct esys s;

static int setup(void **state)
{
	fixture_setup(&f, 1, 0);
	esys_open(&f.swtpm, &s);
	return 0;
}

static int teardown(void **state)
{
	esys_close(&s);
	fixture_teardown(&f);
	return 0;
}

static const size_t counts[] = { 1, 2, 7, 8, 9, 16, 17, 31, 32 };

/* Every branch that is this boot leads to the root through its own path, in the TPM's arithmetic. */
static void test_roots(void **state)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (size_t which = 0; which < counts[i]; which++) {
			ESYS_TR session = esys_session(&s, TPM2_SE_POLICY);
			uint8_t expected[SHA256_LEN], digest[SHA256_LEN];
			struct policy_path path;

			fixture_branches(&f, counts[i], which);
			good(esys_policy_pcr(&s, session));
			esys_digest(&s, session, digest);
			assert_int_equal(policy_pcr(SAMPLE_PCRS, f.branch[which].composite, expected), 0);
			assert_memory_equal(digest, expected, SHA256_LEN);
			assert_int_equal(policy_path(SAMPLE_PCRS, f.branch, counts[i], which, &path), 0);
			assert_int_equal(path.n, counts[i] > 8 ? 2 : 1);
			for (size_t k = 0; k < path.n; k++)
				good(esys_policy_or(&s, session, &path.step[k]));
			esys_digest(&s, session, digest);
			assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, counts[i], expected), 0);
			assert_memory_equal(digest, expected, SHA256_LEN);
			good(Esys_FlushContext(s.e, session));
		}
	}
}

static void test_first_and_last_unseal(void **state)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (int last = 0; last < 2; last++) {
			size_t which = last ? counts[i] - 1 : 0;

			fixture_branches(&f, counts[i], which);
			fixture_policy(&f);
			fixture_unseals(&f, which);
		}
	}
	fixture_clean(&f, 1);
}

static void test_authorize_nv(void **state)
{
	ESYS_TR session = esys_session(&s, TPM2_SE_TRIAL), index = esys_find(&s, f.handle);
	uint8_t expected[SHA256_LEN], digest[SHA256_LEN];

	good(Esys_PolicyAuthorizeNV(s.e, index, index, session, PASSWORD));
	esys_digest(&s, session, digest);
	assert_int_equal(policy_authorize_nv(&f.index, expected), 0);
	assert_memory_equal(digest, expected, SHA256_LEN);
	good(Esys_FlushContext(s.e, session));
}

static void test_authority_and_signed(void **state)
{
	const TPMT_SIGNATURE any = {
		.sigAlg = TPM2_ALG_ECDSA,
		.signature.ecdsa = { .hash = TPM2_ALG_SHA256, .signatureR.size = 32, .signatureS.size = 32 },
	};
	const TPM2B_DIGEST empty = { .size = 0 };
	ESYS_TR session = esys_session(&s, TPM2_SE_TRIAL), key = esys_load_key(&s, &f.authority);
	uint8_t expected[SHA256_LEN], digest[SHA256_LEN];
	TPM2B_NAME *name = NULL;
	struct tpm_name computed;

	/* what the TPM says, not what ESYS computes */
	good(Esys_ReadPublic(s.e, key, NONE, NULL, &name, NULL));
	assert_int_equal(authority_name(&f.authority, &computed), 0);
	assert_int_equal(name->size, TPM_NAME_LEN);
	assert_memory_equal(name->name, computed.bytes, TPM_NAME_LEN);
	Esys_Free(name);
	good(Esys_PolicySigned(s.e, key, session, NONE, &empty, &empty, &empty, 0, &any, NULL, NULL));
	esys_digest(&s, session, digest);
	assert_int_equal(policy_signed(&computed, expected), 0);
	assert_memory_equal(digest, expected, SHA256_LEN);
	good(Esys_FlushContext(s.e, session));
	good(Esys_FlushContext(s.e, key));
}

static void check_index_name(uint32_t handle, bool written)
{
	ESYS_TR index = esys_find(&s, handle);
	TPM2B_NV_PUBLIC *p = NULL;
	TPM2B_NAME *name = NULL;
	struct tpm_name computed, found;

	good(Esys_NV_ReadPublic(s.e, index, NONE, &p, &name));
	assert_int_equal(index_name(handle, &f.authority, written, &computed), 0);
	assert_int_equal(name->size, TPM_NAME_LEN);
	assert_memory_equal(name->name, computed.bytes, TPM_NAME_LEN);
	check_ok(index_found(f.t, handle, &err, &found));
	assert_memory_equal(&found, &computed, sizeof(found));
	Esys_Free(p);
	Esys_Free(name);
	good(Esys_TR_Close(s.e, &index));
}

static void test_index_name(void **state)
{
	check_index_name(f.handle, true);
	check_ok(index_remove(f.t, f.handle, &err));
	check_ok(index_create(f.t, &f.authority, &err, &f.handle));
	check_index_name(f.handle, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),	     cmocka_unit_test(test_first_and_last_unseal),
		cmocka_unit_test(test_authorize_nv), cmocka_unit_test(test_authority_and_signed),
		cmocka_unit_test(test_index_name),
	};

	return cmocka_run_group_tests_name("policy on a TPM", tests, setup, teardown);
}
