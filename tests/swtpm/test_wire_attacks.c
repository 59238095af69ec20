/* Who listens on the wire, or changes answers on their way. */
#include "seal/tpm_window.h"
#include "wire_fixture.h"

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
	struct unseal_request q = fixture_request(&wired, 3);
	struct secret key = SECRET_NONE;
	struct buffer object = BUFFER_NONE;

	wire_reset();
	wire.after = oversize;
	tamper_code = TPM2_CC_Unseal;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EIO);
	assert_non_null(strstr(err.text, "the answer is malformed"));
	assert_null(key.bytes);
	tamper_code = TPM2_CC_Create;
	assert_int_equal(secret_random(32, &key), 0);
	check_fails(tpm_seal(wired.t, &key, &wired.index, &err, &object), -EIO);
	assert_non_null(strstr(err.text, "the answer is malformed"));
	assert_null(object.data);
	secret_free(&key);
	wire_reset();
	fixture_unseals(&wired, 3);
}

/*
 * One bit of the encrypted key flips on the bus: refused, and everything still works afterwards, the window
 * above all.
 */
static void test_changed_answer_is_noticed(void **state)
{
	struct unseal_request q = fixture_request(&wired, 3);
	struct secret key = SECRET_NONE;

	wire_reset();
	wire.after = tamper;
	tamper_code = TPM2_CC_Unseal;
	tamper_at = 20;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EIO);
	assert_non_null(strstr(err.text, "modified on its way"));
	assert_null(key.bytes);
	wire_reset();
	fixture_unseals(&wired, 3);
	fixture_clean(&wired, 1);
	wire.after = tamper;
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EIO);
	wire_reset();
	check_ok(tpm_close_window(wired.t, &wired.srk, "bootseal test", false, &err));
	fixture_clean(&wired, 0);
	check_fails(tpm_unseal(wired.t, &q, &err, &key), -EACCES);
}

/* The host says that something else was written. */
static void test_index_is_read_back(void **state)
{
	const uint8_t policy[SHA256_LEN] = { 1 };

	wire_reset();
	wire.after = tamper;
	tamper_code = TPM2_CC_NV_Read;
	tamper_at = 30;
	check_fails(index_write(wired.t, wired.handle, &wired.authority, policy, &err), -EIO);
	assert_non_null(strstr(err.text, "does not hold what was written"));
	wire_reset();
	check_ok(index_write(wired.t, wired.handle, &wired.authority, policy, &err));
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
	fixture_seal(&wired);
	assert_int_equal(wire_times(TPM2_CC_Create), 1);
	fixture_unseals(&wired, 3);
	assert_false(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		wire_test(test_oversized_secret_is_refused),
		wire_test(test_changed_answer_is_noticed),
		wire_test(test_index_is_read_back),
		wire_test(test_key_is_encrypted_on_the_wire),
	};

	return cmocka_run_group_tests_name("wire_attacks", tests, NULL, NULL);
}
