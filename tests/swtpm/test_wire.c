/*
 * What goes over the wire: how many commands, what happens when one of them fails or the TPM is busy, and
 * that nothing is left in the TPM then.
 */
#include "seal/tpm_window.h"
#include "wire_fixture.h"

/* All that the unlock program asks of the TPM, from opening it to a closed window. */
static int unlock(struct secret *ret)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], policy[SHA256_LEN], composite[SHA256_LEN], root[SHA256_LEN];
	struct unseal_request q = fixture_request(&wired, 0);
	struct tpm_name srk;
	int r;

	r = tpm_pcrs(wired.t, SAMPLE_PCRS, &err, pcrs);
	if (r == 0)
		r = policy_composite(SAMPLE_PCRS, pcrs, composite);
	if (r == 0)
		r = tpm_srk(wired.t, &err, &srk);
	if (r == 0)
		r = index_read(wired.t, wired.handle, &wired.index, &err, policy);
	if (r < 0)
		return r;
	assert_int_equal(policy_root(SAMPLE_PCRS, wired.branch, wired.branch_count, root), 0);
	assert_memory_equal(root, policy, SHA256_LEN);
	q.which = branch_find(wired.branch, wired.branch_count, composite);
	return tpm_unseal(wired.t, &q, &err, ret);
}

static void test_unlock_takes_13_commands(void **state)
{
	static const uint32_t expected[] = {
		TPM2_CC_PCR_Read,  TPM2_CC_ReadPublic,	 TPM2_CC_NV_ReadPublic,
		TPM2_CC_NV_Read,   TPM2_CC_Load,	 TPM2_CC_StartAuthSession,
		TPM2_CC_PolicyPCR, TPM2_CC_PolicyOR,	 TPM2_CC_PolicyAuthorizeNV,
		TPM2_CC_Unseal,	   TPM2_CC_FlushContext, TPM2_CC_PCR_Event,
		TPM2_CC_PCR_Read,
	};
	struct secret key = SECRET_NONE;

	fixture_reopen(&wired);
	wire_reset();
	check_ok(unlock(&key));
	assert_memory_equal(key.bytes, TEST_KEY, key.len);
	check_ok(tpm_close_window(wired.t, &wired.srk, "bootseal test", false, &err));
	tpm_close(wired.t);
	wired.t = NULL;
	assert_int_equal(wire.count, sizeof(expected) / sizeof(expected[0]));
	assert_memory_equal(wire.code, expected, sizeof(expected));
	fixture_clean(&wired, 0);
	secret_free(&key);
}

static void test_second_volume_takes_6_more(void **state)
{
	fixture_reopen(&wired);
	fixture_unseals(&wired, 3);
	wire_reset();
	fixture_unseals(&wired, 3);
	assert_int_equal(wire.count, 6);
	fixture_clean(&wired, 1);
	check_ok(tpm_close_window(wired.t, &wired.srk, "bootseal test", false, &err));
	fixture_clean(&wired, 0);
}

static unsigned int most_objects, most_sessions;

static uint32_t count_handles(uint32_t code, unsigned int nth)
{
	unsigned int objects = swtpm_handles(&wired.swtpm, 0x80);
	unsigned int sessions = swtpm_handles(&wired.swtpm, 0x02);

	most_objects = objects > most_objects ? objects : most_objects;
	most_sessions = sessions > most_sessions ? sessions : most_sessions;
	return 0;
}

/* The Hyper-V vTPM has room for 3 objects and 3 sessions, and a persistent SRK in use takes a place too. */
static void test_needs_few_slots(void **state)
{
	wire_reset();
	wire.before = count_handles;
	fixture_unseals(&wired, 3);
	fixture_seal(&wired);
	fixture_policy(&wired);
	fixture_unseals(&wired, 3);
	check_ok(tpm_close_window(wired.t, &wired.srk, "bootseal test", false, &err));
	assert_int_equal(most_objects, 1);
	assert_int_equal(most_sessions, 2);
}

static unsigned int fail_at;
static uint32_t fail_with;

/* A flush that the TPM refuses would leave what it should have flushed: that one is let through. */
static uint32_t fail_nth(uint32_t code, unsigned int nth)
{
	return nth == fail_at && code != TPM2_CC_FlushContext ? fail_with : 0;
}

static void test_each_command_fails_cleanly(void **state)
{
	bool done = false;

	for (fail_at = 0; !done; fail_at++) {
		struct secret key = SECRET_NONE;
		int r;

		fixture_reopen(&wired);
		wire_reset();
		fail_with = TPM2_RC_FAILURE;
		wire.before = fail_nth;
		err = ERROR_NONE;
		r = unlock(&key);
		done = fail_at >= wire.count;
		if (done || wire.code[fail_at] == TPM2_CC_FlushContext) {
			assert_int_equal(r, 0);
		} else {
			assert_int_equal(r, -EIO);
			assert_non_null(strstr(err.text, "failure mode"));
			assert_null(key.bytes);
			fixture_clean(&wired, 0);
		}
		secret_free(&key);
	}
	assert_int_equal(fail_at - 1, 11);
}

static void test_enrolment_fails_cleanly(void **state)
{
	uint8_t policy[SHA256_LEN] = { 1 };
	struct secret key = SECRET_NONE;
	bool done = false;

	assert_int_equal(secret_random(32, &key), 0);
	for (fail_at = 0; !done; fail_at++) {
		struct buffer object = BUFFER_NONE;
		int r;

		fixture_reopen(&wired);
		wire_reset();
		fail_with = TPM2_RC_OBJECT_MEMORY;
		wire.before = fail_nth;
		err = ERROR_NONE;
		r = tpm_seal(wired.t, &key, &wired.index, &err, &object);
		if (r == 0)
			r = index_write(wired.t, wired.handle, &wired.authority, policy, &err);
		done = fail_at >= wire.count;
		if (done || wire.code[fail_at] == TPM2_CC_FlushContext) {
			assert_int_equal(r, 0);
		} else {
			assert_int_equal(r, -ENOSPC);
			assert_non_null(strstr(err.text, "no free slot"));
		}
		fixture_clean(&wired, 0);
		buffer_free(&object);
	}
	assert_true(fail_at > 10);
	secret_free(&key);
}

static unsigned int busy_left;
static uint32_t busy_code, busy_rc;

static uint32_t busy(uint32_t code, unsigned int nth)
{
	if (code != busy_code || busy_left == 0)
		return 0;
	busy_left--;
	return busy_rc;
}

static void test_comes_back_when_the_tpm_is_busy(void **state)
{
	static const uint32_t codes[] = { TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		wire_reset();
		wire.before = busy;
		busy_code = i % 2 ? TPM2_CC_Unseal : TPM2_CC_Load;
		busy_rc = codes[i];
		busy_left = 3;
		fixture_unseals(&wired, 3);
		assert_int_equal(busy_left, 0);
	}
}

static void test_gives_up_when_the_tpm_stays_busy(void **state)
{
	struct unseal_request q = fixture_request(&wired, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = busy;
	busy_code = TPM2_CC_Unseal;
	busy_rc = TPM2_RC_NV_RATE;
	busy_left = 1000;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EAGAIN);
	assert_int_equal(1000 - busy_left, 9);
	fixture_clean(&wired, 0);
}

static unsigned int changes_left;

/* A PCR that the policy does not name is extended just before the key is requested. */
static uint32_t extend_before_unseal(uint32_t code, unsigned int nth)
{
	if (code == TPM2_CC_Unseal && changes_left > 0) {
		changes_left--;
		swtpm_extend(&wired.swtpm, 10, (const uint8_t[SHA256_LEN]){ 1 });
	}
	return 0;
}

static void test_starts_over_when_pcrs_change(void **state)
{
	wire_reset();
	wire.before = extend_before_unseal;
	changes_left = 3;
	fixture_unseals(&wired, 3);
	assert_int_equal(changes_left, 0);
	assert_int_equal(wire_times(TPM2_CC_Unseal), 4);
	assert_int_equal(wire_times(TPM2_CC_StartAuthSession), 4);
	fixture_clean(&wired, 1);
}

static void test_gives_up_when_pcrs_keep_changing(void **state)
{
	struct unseal_request q = fixture_request(&wired, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = extend_before_unseal;
	changes_left = 1000;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EACCES);
	assert_int_equal(wire_times(TPM2_CC_Unseal), 4);
	fixture_clean(&wired, 0);
}

static void test_lockout_has_words(void **state)
{
	struct unseal_request q = fixture_request(&wired, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = busy;
	busy_code = TPM2_CC_Unseal;
	busy_rc = TPM2_RC_LOCKOUT;
	busy_left = 1;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EPERM);
	assert_non_null(strstr(err.text, "locked after too many"));
	fixture_clean(&wired, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		wire_test(test_unlock_takes_13_commands),
		wire_test(test_second_volume_takes_6_more),
		wire_test(test_needs_few_slots),
		wire_test(test_each_command_fails_cleanly),
		wire_test(test_enrolment_fails_cleanly),
		wire_test(test_comes_back_when_the_tpm_is_busy),
		wire_test(test_gives_up_when_the_tpm_stays_busy),
		wire_test(test_starts_over_when_pcrs_change),
		wire_test(test_gives_up_when_pcrs_keep_changing),
		wire_test(test_lockout_has_words),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
