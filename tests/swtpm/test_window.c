/* Closing the window. */
#include "fixture.h"
#include "wire.h"

#include "seal/tpm_window.h"
#include "seal/window_text.h"

static struct fixture f;

static int setup(void **state)
{
	wire_reset();
	return fixture_setup(&f, 1, 0);
}

static int teardown(void **state)
{
	wire_reset();
	fixture_teardown(&f);
	return 0;
}

static void read_window(uint8_t ret[static SHA256_LEN])
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	check_ok(tpm_pcrs(f.t, 1u << WINDOW_PCR, &err, pcrs));
	memcpy(ret, pcrs[WINDOW_PCR], SHA256_LEN);
}

/* What a verifier computes: the digest of the text, extended once into zeros. */
static void check_window(const char *text)
{
	uint8_t zero[SHA256_LEN] = { 0 }, digest[SHA256_LEN], expected[SHA256_LEN], found[SHA256_LEN];

	assert_int_equal(hash_sha256(text, strlen(text), digest), 0);
	assert_int_equal(hash_sha256_two(zero, SHA256_LEN, digest, SHA256_LEN, expected), 0);
	read_window(found);
	assert_memory_equal(found, expected, SHA256_LEN);
}

static void cannot_unseal(void)
{
	struct unseal_request q = fixture_request(&f, 0);
	struct secret key = SECRET_NONE;

	check_fails(tpm_unseal(f.t, &q, &err, &key), -EACCES);
	assert_null(key.bytes);
}

static void test_after_unsealing(void **state)
{
	fixture_unseals(&f, 0);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal cryptroot", true, &err));
	check_window("bootseal cryptroot");
	cannot_unseal();
	fixture_clean(&f, 0);
}

/* Even when nothing was unlocked: under a salted session of its own. */
static void test_without_unsealing(void **state)
{
	fixture_reopen(&f);
	wire_reset();
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	assert_int_equal(wire_times(TPM2_CC_StartAuthSession), 1);
	check_window("bootseal closed");
	cannot_unseal();
	fixture_clean(&f, 0);
}

static void test_without_srk(void **state)
{
	wire_reset();
	check_ok(tpm_close_window(f.t, NULL, "bootseal closed", false, &err));
	assert_int_equal(wire_times(TPM2_CC_StartAuthSession), 0);
	check_window("bootseal closed");
	cannot_unseal();
}

static void test_with_another_srk(void **state)
{
	struct tpm_name other = f.srk;

	other.bytes[5] ^= 1;
	fixture_reopen(&f);
	wire_reset();
	check_ok(tpm_close_window(f.t, &other, "bootseal closed", false, &err));
	assert_int_equal(wire_times(TPM2_CC_StartAuthSession), 0);
	check_window("bootseal closed");
	cannot_unseal();
	fixture_clean(&f, 0);
}

static void test_closed_window_is_left_alone(void **state)
{
	uint8_t before[SHA256_LEN], after[SHA256_LEN];

	check_ok(tpm_close_window(f.t, &f.srk, "bootseal one", false, &err));
	check_window("bootseal one");
	read_window(before);
	wire_reset();
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal two", false, &err));
	assert_int_equal(wire.count, 2);
	assert_int_equal(wire_times(TPM2_CC_PCR_Read), 2);
	read_window(after);
	assert_memory_equal(before, after, SHA256_LEN);
}

static unsigned int flips_left;

static void flip(uint32_t code, uint8_t *answer, size_t n)
{
	if (code == TPM2_CC_PCR_Read && flips_left > 0) {
		flips_left--;
		answer[n - 1] ^= 1;
	}
}

/* One bit of the open window's zeros turns over on its way: it is closed all the same. */
static void test_one_read_does_not_make_it_closed(void **state)
{
	fixture_reopen(&f);
	wire_reset();
	wire.after = flip;
	flips_left = 1;
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	assert_int_equal(flips_left, 0);
	assert_int_equal(wire_times(TPM2_CC_PCR_Event), 1);
	check_window("bootseal closed");
}

static uint32_t refused_code;
static unsigned int refused_times;

static uint32_t refuse(uint32_t code, unsigned int nth)
{
	if (code != refused_code || refused_times == 0)
		return 0;
	refused_times--;
	return TPM2_RC_SESSION_MEMORY;
}

/* No room for a session: then without one. */
static void test_no_room_for_a_session(void **state)
{
	fixture_reopen(&f);
	wire_reset();
	wire.before = refuse;
	refused_code = TPM2_CC_StartAuthSession;
	refused_times = 1000;
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	check_window("bootseal closed");
}

static void test_salted_event_is_refused(void **state)
{
	fixture_unseals(&f, 0);
	wire_reset();
	wire.before = refuse;
	refused_code = TPM2_CC_PCR_Event;
	refused_times = 1;
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	check_window("bootseal closed");
	fixture_clean(&f, 0);
}

/*
 * An interposer that has seen the key come out refuses the protected event, to fake an unprotected one: with
 * keys in hand that way does not exist, nor is its word on PCR 15 taken.
 */
static void test_no_plain_event_with_keys_in_hand(void **state)
{
	static const uint8_t zero[SHA256_LEN];
	uint8_t found[SHA256_LEN];

	fixture_unseals(&f, 0);
	wire_reset();
	wire.before = refuse;
	refused_code = TPM2_CC_PCR_Event;
	refused_times = 1;
	check_fails(tpm_close_window(f.t, &f.srk, "bootseal cryptroot", true, &err), -ENOSPC);
	assert_int_equal(wire_times(TPM2_CC_PCR_Event), 1);
	assert_int_equal(wire_times(TPM2_CC_PCR_Read), 0);
	check_fails(tpm_close_window(f.t, NULL, "bootseal cryptroot", true, &err), -ENOENT);
	assert_int_equal(wire_times(TPM2_CC_PCR_Event), 1);
	read_window(found);
	assert_memory_equal(found, zero, SHA256_LEN);
	/* once they have been dropped, any way will do */
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	check_window("bootseal closed");
	fixture_clean(&f, 0);
}

static void test_cannot_be_closed(void **state)
{
	fixture_unseals(&f, 0);
	wire_reset();
	wire.before = refuse;
	refused_code = TPM2_CC_PCR_Event;
	refused_times = 1000;
	check_fails(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err), -ENOSPC);
	fixture_clean(&f, 0);
}

static bool lie;

/* A host that swallows the event and says that it went well: faked before the TPM sees it */
static uint32_t swallow(uint32_t code, unsigned int nth)
{
	if (code == TPM2_CC_PCR_Event && lie)
		wire.swallow = true;
	return 0;
}

static void test_swallowed_event_is_noticed(void **state)
{
	lie = true;
	wire_reset();
	wire.before = swallow;
	check_fails(tpm_close_window(f.t, NULL, "bootseal closed", false, &err), -EIO);
	fixture_unseals(&f, 0);
	check_fails(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err), -EIO);
	lie = false;
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal closed", false, &err));
	check_window("bootseal closed");
}

static void test_long_text(void **state)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	check_ok(tpm_close_window(f.t, &f.srk, text, false, &err));
	text[1024] = '\0';
	check_window(text);
}

/* The bytes that scripts/panic writes when the program has died are a command that closes the window. */
static void test_last_resort_of_the_shell(void **state)
{
	uint8_t command[128], answer[4096];
	FILE *script;
	size_t n;

	fixture_reopen(&f);
	tpm_close(f.t);
	f.t = NULL;
	script = popen("sh -c \"$(grep -o \"printf '.*closed'\" scripts/panic/bootseal)\"", "r");
	assert_non_null(script);
	n = fread(command, 1, sizeof(command), script);
	assert_int_equal(pclose(script), 0);
	swtpm_command(&f.swtpm, command, n, answer, sizeof(answer));
	/* what the script takes for a success */
	assert_memory_equal(answer, "\x80\x02", 2);
	check_ok(tpm_open(f.swtpm.tcti, &err, &f.t));
	check_window(WINDOW_CLOSED_TEXT);
	cannot_unseal();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after_unsealing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_unsealing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_srk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_with_another_srk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed_window_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_read_does_not_make_it_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room_for_a_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_salted_event_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_plain_event_with_keys_in_hand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_be_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swallowed_event_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_resort_of_the_shell, setup, teardown),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
