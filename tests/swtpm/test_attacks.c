/* Attacks on the policy: other boots, mixed boots, old boots, no boot. */
#include "attack.h"

/* The attacks below mean something only if the same program succeeds where it should. */
static void test_by_hand_works_before_the_window_closes(void **state)
{
	assert_int_equal(unseal_by_hand(0), TSS2_RC_SUCCESS);
	fixture_unseals(&f, 0);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
}

static void test_without_policy(void **state)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	struct esys s;
	ESYS_TR object, session;

	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	assert_int_equal(rc_base(Esys_Unseal(s.e, object, PASSWORD, &data)), TPM2_RC_AUTH_UNAVAILABLE);
	session = esys_session(&s, TPM2_SE_HMAC);
	assert_int_equal(rc_base(Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data)),
			 TPM2_RC_AUTH_UNAVAILABLE);
	good(Esys_FlushContext(s.e, session));
	session = esys_session(&s, TPM2_SE_POLICY);
	assert_int_equal(rc_base(Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data)),
			 TPM2_RC_POLICY_FAIL);
	good(Esys_FlushContext(s.e, session));
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
}

static void extended(unsigned int pcr)
{
	struct unseal_request q = fixture_request(&f, 0);

	swtpm_extend(&f.swtpm, pcr, (const uint8_t[SHA256_LEN]){ 1 });
	refuses(&q, -EACCES);
	q.which = 1;
	refuses(&q, -EACCES);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	assert_int_equal(unseal_by_hand(1), TPM2_RC_POLICY_FAIL);
}

static void test_pcr_15_extended(void **state)
{
	extended(15);
}

static void test_pcr_4_extended(void **state)
{
	extended(4);
}

static void test_pcr_8_extended(void **state)
{
	extended(8);
}

/* A PCR outside the policy does not matter. */
static void test_pcr_outside_the_policy(void **state)
{
	swtpm_extend(&f.swtpm, 5, (const uint8_t[SHA256_LEN]){ 1 });
	fixture_unseals(&f, 0);
}

/* Kernel A's PCR 4 with kernel B's PCR 9: each value is allowed somewhere, together they are not. */
static void test_branches_do_not_mix(void **state)
{
	uint8_t a[PCR_COUNT][SHA256_LEN], b[PCR_COUNT][SHA256_LEN];
	struct unseal_request q = fixture_request(&f, 0);

	memcpy(a, f.pcrs, sizeof(a));
	memcpy(b, f.pcrs, sizeof(b));
	memset(a[9], 0xaa, SHA256_LEN);
	memset(b[4], 0xbb, SHA256_LEN);
	assert_int_equal(branch_from_pcrs(1, SAMPLE_PCRS, a, &f.branch[0]), 0);
	assert_int_equal(branch_from_pcrs(2, SAMPLE_PCRS, b, &f.branch[1]), 0);
	fixture_policy(&f);
	refuses(&q, -EACCES);
	q.which = 1;
	refuses(&q, -EACCES);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	assert_int_equal(unseal_by_hand(1), TPM2_RC_POLICY_FAIL);
}

/* The LUKS header and the kernel of before the upgrade come back; the index does not. */
static void test_replaced_policy_is_dead(void **state)
{
	struct branch old[2];
	struct unseal_request q;

	memcpy(old, f.branch, sizeof(old));
	fixture_unseals(&f, 0);
	fixture_reopen(&f);
	fixture_branches(&f, 2, SIZE_MAX);
	fixture_policy(&f);
	memcpy(f.branch, old, sizeof(old));
	q = fixture_request(&f, 0);
	refuses(&q, -EACCES);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	/* and lives again when the authority says so */
	fixture_policy(&f);
	fixture_unseals(&f, 0);
}

/* A policy that forgets PCR 15 would leave the window open without limit. */
static void test_policy_without_window(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);

	q.mask &= ~(1u << WINDOW_PCR);
	refuses(&q, -EINVAL);
}

static void test_reboot_without_measurements(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);
	static const uint8_t pcrs[] = { 4, 7, 8, 9, 14 };

	swtpm_reboot(&f.swtpm);
	refuses(&q, -EACCES);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	for (size_t i = 0; i < sizeof(pcrs); i++) {
		uint8_t digest[SHA256_LEN];

		memset(digest, pcrs[i], sizeof(digest));
		swtpm_extend(&f.swtpm, pcrs[i], digest);
	}
	fixture_unseals(&f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_hand_works_before_the_window_closes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_without_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_15_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_4_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_8_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_outside_the_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_branches_do_not_mix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced_policy_is_dead, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policy_without_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reboot_without_measurements, setup, teardown),
	};

	return cmocka_run_group_tests_name("attacks on the policy", tests, NULL, NULL);
}
