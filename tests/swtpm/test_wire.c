/*
 * What goes over the wire: how many commands, what happens when one of them fails or its answer is changed,
 * and that nothing is left in the TPM then.
 */
#include "fixture.h"
#include "wire.h"

#include "seal/tpm_window.h"

static struct fixture f;

static int setup(void **state)
{
	wire_reset();
	return fixture_setup(&f, 8, 3);
}

static int teardown(void **state)
{
	wire_reset();
	fixture_teardown(&f);
	return 0;
}

/* All that the unlock program asks of the TPM, from opening it to a closed window. */
static int unlock(struct secret *ret)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], policy[SHA256_LEN], composite[SHA256_LEN], root[SHA256_LEN];
	struct unseal_request q = fixture_request(&f, 0);
	struct tpm_name srk;
	int r;

	r = tpm_pcrs(f.t, SAMPLE_PCRS, &err, pcrs);
	if (r == 0)
		r = policy_composite(SAMPLE_PCRS, pcrs, composite);
	if (r == 0)
		r = tpm_srk(f.t, &err, &srk);
	if (r == 0)
		r = index_read(f.t, f.handle, &f.index, &err, policy);
	if (r < 0)
		return r;
	assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, f.branch_count, root), 0);
	assert_memory_equal(root, policy, SHA256_LEN);
	q.which = branch_find(f.branch, f.branch_count, composite);
	return tpm_unseal(f.t, &q, &err, ret);
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

	fixture_reopen(&f);
	wire_reset();
	check_ok(unlock(&key));
	assert_memory_equal(key.bytes, TEST_KEY, key.len);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
	tpm_close(f.t);
	f.t = NULL;
	assert_int_equal(wire.count, sizeof(expected) / sizeof(expected[0]));
	assert_memory_equal(wire.code, expected, sizeof(expected));
	fixture_clean(&f, 0);
	secret_free(&key);
}

static void test_second_volume_takes_6_more(void **state)
{
	fixture_reopen(&f);
	fixture_unseals(&f, 3);
	wire_reset();
	fixture_unseals(&f, 3);
	assert_int_equal(wire.count, 6);
	fixture_clean(&f, 1);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
	fixture_clean(&f, 0);
}

static unsigned int most_objects, most_sessions;

static uint32_t count_handles(uint32_t code, unsigned int nth)
{
	unsigned int objects = swtpm_handles(&f.swtpm, 0x80), sessions = swtpm_handles(&f.swtpm, 0x02);

	most_objects = objects > most_objects ? objects : most_objects;
	most_sessions = sessions > most_sessions ? sessions : most_sessions;
	return 0;
}

/* The Hyper-V vTPM has room for 3 objects and 3 sessions, and a persistent SRK in use takes a place too. */
static void test_needs_few_slots(void **state)
{
	wire_reset();
	wire.before = count_handles;
	fixture_unseals(&f, 3);
	fixture_seal(&f);
	fixture_policy(&f);
	fixture_unseals(&f, 3);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
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

		fixture_reopen(&f);
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
			fixture_clean(&f, 0);
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

		fixture_reopen(&f);
		wire_reset();
		fail_with = TPM2_RC_OBJECT_MEMORY;
		wire.before = fail_nth;
		err = ERROR_NONE;
		r = tpm_seal(f.t, &key, &f.index, &err, &object);
		if (r == 0)
			r = index_write(f.t, f.handle, &f.authority, policy, &err);
		done = fail_at >= wire.count;
		if (done || wire.code[fail_at] == TPM2_CC_FlushContext) {
			assert_int_equal(r, 0);
		} else {
			assert_int_equal(r, -ENOSPC);
			assert_non_null(strstr(err.text, "no free slot"));
		}
		fixture_clean(&f, 0);
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
		fixture_unseals(&f, 3);
		assert_int_equal(busy_left, 0);
	}
}

static void test_gives_up_when_the_tpm_stays_busy(void **state)
{
	struct unseal_request q = fixture_request(&f, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = busy;
	busy_code = TPM2_CC_Unseal;
	busy_rc = TPM2_RC_NV_RATE;
	busy_left = 1000;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EAGAIN);
	assert_int_equal(1000 - busy_left, 9);
	fixture_clean(&f, 0);
}

static unsigned int changes_left;

/* A PCR that the policy does not name is extended just before the key is requested. */
static uint32_t extend_before_unseal(uint32_t code, unsigned int nth)
{
	if (code == TPM2_CC_Unseal && changes_left > 0) {
		changes_left--;
		swtpm_extend(&f.swtpm, 10, (const uint8_t[SHA256_LEN]){ 1 });
	}
	return 0;
}

static void test_starts_over_when_pcrs_change(void **state)
{
	wire_reset();
	wire.before = extend_before_unseal;
	changes_left = 3;
	fixture_unseals(&f, 3);
	assert_int_equal(changes_left, 0);
	assert_int_equal(wire_times(TPM2_CC_Unseal), 4);
	assert_int_equal(wire_times(TPM2_CC_StartAuthSession), 4);
	fixture_clean(&f, 1);
}

static void test_gives_up_when_pcrs_keep_changing(void **state)
{
	struct unseal_request q = fixture_request(&f, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = extend_before_unseal;
	changes_left = 1000;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EACCES);
	assert_int_equal(wire_times(TPM2_CC_Unseal), 4);
	fixture_clean(&f, 0);
}

static uint32_t tamper_code;
static size_t tamper_at; /* offset in the answer */

static void tamper(uint32_t code, uint8_t *answer, size_t n)
{
	if (code == tamper_code)
		answer[tamper_at] ^= 1;
}

/* Header 10, size of the parameters 4; the secret's own size is the first of them. */
static void oversize(uint32_t code, uint8_t *answer, size_t n)
{
	if (code == tamper_code)
		answer[14] = 0x04;
}

/*
 * A secret that says to be longer than its answer: refused as it comes, before tpm2-tss copies so many bytes
 * to decrypt them. The HMAC would cover it, but the TPM itself may be a host's.
 */
static void test_oversized_secret_is_refused(void **state)
{
	struct unseal_request q = fixture_request(&f, 3);
	struct secret key = SECRET_NONE;
	struct buffer object = BUFFER_NONE;

	wire_reset();
	wire.after = oversize;
	tamper_code = TPM2_CC_Unseal;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EIO);
	assert_non_null(strstr(err.text, "the answer is malformed"));
	assert_null(key.bytes);
	tamper_code = TPM2_CC_Create;
	assert_int_equal(secret_random(32, &key), 0);
	check_fails(tpm_seal(f.t, &key, &f.index, &err, &object), -EIO);
	assert_non_null(strstr(err.text, "the answer is malformed"));
	assert_null(object.data);
	secret_free(&key);
	wire_reset();
	fixture_unseals(&f, 3);
}

/*
 * One bit of the encrypted key flips on the bus: refused, and everything still works afterwards, the window
 * above all.
 */
static void test_changed_answer_is_noticed(void **state)
{
	struct unseal_request q = fixture_request(&f, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.after = tamper;
	tamper_code = TPM2_CC_Unseal;
	tamper_at = 20;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EIO);
	assert_non_null(strstr(err.text, "modified on its way"));
	assert_null(key.bytes);
	wire_reset();
	fixture_unseals(&f, 3);
	fixture_clean(&f, 1);
	wire.after = tamper;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EIO);
	wire_reset();
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", false, &err));
	fixture_clean(&f, 0);
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EACCES);
}

/* The host says that something else was written. */
static void test_index_is_read_back(void **state)
{
	const uint8_t policy[SHA256_LEN] = { 1 };

	wire_reset();
	wire.after = tamper;
	tamper_code = TPM2_CC_NV_Read;
	tamper_at = 30;
	check_fails(index_write(f.t, f.handle, &f.authority, policy, &err), -EIO);
	assert_non_null(strstr(err.text, "does not hold what was written"));
	wire_reset();
	check_ok(index_write(f.t, f.handle, &f.authority, policy, &err));
}

static bool seen;

static void look_at_answer(uint32_t code, uint8_t *answer, size_t n)
{
	seen |= memmem(answer, n, TEST_KEY, sizeof(TEST_KEY) - 1) != NULL;
}

static void look_at_command(const uint8_t *command, size_t n)
{
	seen |= memmem(command, n, TEST_KEY, sizeof(TEST_KEY) - 1) != NULL;
}

/* Neither when it is sealed nor when it is unsealed; what a session hides, test_listener.c looks at. */
static void test_key_is_encrypted_on_the_wire(void **state)
{
	wire_reset();
	wire.after = look_at_answer;
	wire.sent = look_at_command;
	seen = false;
	fixture_seal(&f);
	assert_int_equal(wire_times(TPM2_CC_Create), 1);
	fixture_unseals(&f, 3);
	assert_false(seen);
}

static void test_lockout_has_words(void **state)
{
	struct unseal_request q = fixture_request(&f, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.before = busy;
	busy_code = TPM2_CC_Unseal;
	busy_rc = TPM2_RC_LOCKOUT;
	busy_left = 1;
	check_fails(tpm_unseal(f.t, &q, &err, &key), -EPERM);
	assert_non_null(strstr(err.text, "locked after too many"));
	fixture_clean(&f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unlock_takes_13_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_volume_takes_6_more, setup, teardown),
		cmocka_unit_test_setup_teardown(test_needs_few_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_command_fails_cleanly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_enrolment_fails_cleanly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_comes_back_when_the_tpm_is_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up_when_the_tpm_stays_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_starts_over_when_pcrs_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up_when_pcrs_keep_changing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oversized_secret_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed_answer_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_index_is_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_is_encrypted_on_the_wire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lockout_has_words, setup, teardown),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
