/*
 * A key that is sealed with a PIN (doc/pin.md): the TPM wants both the policy and the authValue, and counts
 * what is wrong.
 */
#include "attack.h"

#include "listener.h"
#include "seal/pin.h"
#include "seal/tpm_tries.h"

static const struct pin_salt salt = { .salt = { 1, 2, 3 }, .iterations = 1000 };

/* What stands for the PIN in the TPM. */
static struct secret auth_of(const char *pin)
{
	struct secret typed = SECRET_NONE, p = SECRET_NONE, auth = SECRET_NONE;

	assert_int_equal(secret_new(strlen(pin), &typed), 0);
	memcpy(typed.bytes, pin, typed.len);
	check_ok(pin_stretch(&typed, &salt, &err, &p));
	check_ok(pin_auth(&p, &err, &auth));
	secret_free(&typed);
	secret_free(&p);
	return auth;
}

static void seal_with(const struct secret *auth)
{
	struct secret key = SECRET_NONE;

	assert_int_equal(secret_new(sizeof(TEST_KEY) - 1, &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	buffer_free(&f.object);
	check_ok(tpm_seal_pin(f.t, &(struct sealed_pin){ &key, auth }, &f.index, &err, &f.object));
	secret_free(&key);
}

static void seal_with_pin(const char *pin)
{
	struct secret auth = auth_of(pin);

	seal_with(&auth);
	secret_free(&auth);
}

static int setup_pin(void **state)
{
	setup(state);
	seal_with_pin("482913");
	return 0;
}

/* The limits of the owner: lockout authorization is empty. */
static void limit(uint32_t max, uint32_t interval)
{
	struct esys s;

	esys_open(&f.swtpm, &s);
	good(Esys_DictionaryAttackParameters(s.e, ESYS_TR_RH_LOCKOUT, PASSWORD, max, interval, 0));
	esys_close(&s);
}

static struct tpm_tries tries(void)
{
	struct tpm_tries t;

	check_ok(tpm_tries(f.t, &err, &t));
	return t;
}

static int try(const struct secret *auth, struct secret *ret)
{
	struct unseal_request q = fixture_request(&f, 0);

	q.auth = auth;
	err = ERROR_NONE;
	return tpm_unseal(f.t, &q, &err, ret);
}

static void opens(const char *pin)
{
	struct secret auth = auth_of(pin), key = SECRET_NONE;
	int r = try(&auth, &key);

	if (r != 0)
		fail_msg("%s: %d: %s", pin, r, err.text);
	assert_memory_equal(key.bytes, TEST_KEY, sizeof(TEST_KEY) - 1);
	secret_free(&key);
	secret_free(&auth);
}

static void refused_with(const char *pin, int expected)
{
	struct secret auth = auth_of(pin), key = SECRET_NONE;

	assert_int_equal(try(&auth, &key), expected);
	assert_null(key.bytes);
	assert_true(err.text[0]);
	secret_free(&auth);
	fixture_clean(&f, 0);
}

static void test_right_and_wrong(void **state)
{
	limit(10, 3600);
	refused_with("482914", -ENOKEY);
	assert_non_null(strstr(err.text, "authorisation refused"));
	assert_int_equal(tries().failed, 1);
	opens("482913");
	/* a right one forgives nothing, and costs nothing */
	assert_int_equal(tries().failed, 1);
	opens("482913");
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", true, &err));
	refused_with("482913", -EACCES);
	assert_int_equal(tries().failed, 1);
}

/* An authValue that ends in zeros: both sides leave them out. */
static void test_zeros_at_the_end(void **state)
{
	struct secret auth = SECRET_NONE, key = SECRET_NONE;

	assert_int_equal(secret_new(SHA256_LEN, &auth), 0);
	memset(auth.bytes, 0x5a, SHA256_LEN - 2);
	seal_with(&auth);
	assert_int_equal(try(&auth, &key), 0);
	secret_free(&key);
	auth.bytes[0]++;
	assert_int_equal(try(&auth, &key), -ENOKEY);
	secret_free(&auth);
}

/* A boot that was not sealed: the right PIN helps nothing, and it is no try. */
static void test_in_a_foreign_boot(void **state)
{
	swtpm_extend(&f.swtpm, 8, (const uint8_t[SHA256_LEN]){ 1 });
	refused_with("482913", -EACCES);
	refused_with("482914", -EACCES);
	assert_int_equal(tries().failed, 0);
}

enum { POLICY_OF_NOTHING = 0, WITH_AUTH_VALUE = 1, WITH_PASSWORD = 2, IN_THE_SEALED_BOOT = 4 };

/* With a program of the attacker's own; auth may be NULL. */
static TSS2_RC by_hand(unsigned int how, const struct secret *auth)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	TPM2B_AUTH a = { .size = 0 };
	struct policy_path path;
	struct esys s;
	ESYS_TR object, index, session;
	TSS2_RC rc;

	assert_int_equal(policy_path(SAMPLE_PCRS, f.branch, f.branch_count, 0, &path), 0);
	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	if (auth) {
		a.size = auth->len;
		memcpy(a.buffer, auth->bytes, auth->len);
		good(Esys_TR_SetAuth(s.e, object, &a));
	}
	index = esys_find(&s, f.handle);
	session = esys_session(&s, TPM2_SE_POLICY);
	if (how & IN_THE_SEALED_BOOT) {
		good(esys_policy_pcr(&s, session));
		for (size_t i = 0; i < path.n; i++)
			good(esys_policy_or(&s, session, &path.step[i]));
		good(Esys_PolicyAuthorizeNV(s.e, index, index, session, PASSWORD));
	}
	if (how & WITH_AUTH_VALUE)
		good(Esys_PolicyAuthValue(s.e, session, NONE));
	if (how & WITH_PASSWORD)
		good(Esys_PolicyPassword(s.e, session, NONE));
	do
		rc = Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data);
	while (rc == TPM2_RC_RETRY);
	if (rc == TSS2_RC_SUCCESS)
		assert_memory_equal(data->buffer, TEST_KEY, data->size);
	Esys_Free(data);
	Esys_FlushContext(s.e, session);
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
	return rc_base(rc);
}

/* By a password or an HMAC session: no policy at all. */
static TSS2_RC without_session(const struct secret *auth, bool password)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	TPM2B_AUTH a = { .size = auth->len };
	ESYS_TR object, session = ESYS_TR_PASSWORD;
	struct esys s;
	TSS2_RC rc;

	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	memcpy(a.buffer, auth->bytes, auth->len);
	good(Esys_TR_SetAuth(s.e, object, &a));
	if (!password)
		session = esys_session(&s, TPM2_SE_HMAC);
	do
		rc = Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data);
	while (rc == TPM2_RC_RETRY);
	Esys_Free(data);
	if (!password)
		Esys_FlushContext(s.e, session);
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
	return rc_base(rc);
}

/* Either alone is refused by the TPM itself; both together open, so the program above can. */
static void test_either_alone(void **state)
{
	struct secret right = auth_of("482913");

	limit(30, 3600);
	assert_int_equal(by_hand(IN_THE_SEALED_BOOT | WITH_AUTH_VALUE, &right), TSS2_RC_SUCCESS);
	/* the same digest (Part 3, TPM2_PolicyPassword), and the authValue in the clear: never ours */
	assert_int_equal(by_hand(IN_THE_SEALED_BOOT | WITH_PASSWORD, &right), TSS2_RC_SUCCESS);
	/* the policy without the authValue */
	assert_int_equal(by_hand(IN_THE_SEALED_BOOT, NULL), TPM2_RC_POLICY_FAIL);
	assert_int_equal(by_hand(IN_THE_SEALED_BOOT | WITH_AUTH_VALUE, NULL), TPM2_RC_AUTH_FAIL);
	assert_int_equal(by_hand(IN_THE_SEALED_BOOT | WITH_PASSWORD, NULL), TPM2_RC_AUTH_FAIL);
	/* the authValue without the policy */
	assert_int_equal(by_hand(WITH_AUTH_VALUE, &right), TPM2_RC_POLICY_FAIL);
	assert_int_equal(by_hand(WITH_PASSWORD, &right), TPM2_RC_POLICY_FAIL);
	assert_int_equal(by_hand(POLICY_OF_NOTHING, &right), TPM2_RC_POLICY_FAIL);
	assert_int_equal(without_session(&right, true), TPM2_RC_AUTH_UNAVAILABLE);
	assert_int_equal(without_session(&right, false), TPM2_RC_AUTH_UNAVAILABLE);
	/* what counts as a try is a wrong authValue under the right policy only */
	assert_int_equal(tries().failed, 2);
	secret_free(&right);
}

/* A token's word is nothing: an object that is not of the shape that is expected is not loaded. */
static void test_shape(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);
	struct secret right = auth_of("482913");

	/* with a PIN, and none is typed */
	refuses(&q, -EBADMSG);
	/* without one, where there has to be one */
	fixture_seal(&f);
	q = fixture_request(&f, 0);
	q.auth = &right;
	refuses(&q, -EBADMSG);
	assert_int_equal(tries().failed, 0);
	secret_free(&right);
}

static void test_lockout_and_its_end(void **state)
{
	struct error words;
	struct tpm_tries t;

	limit(3, 2);
	t = tries();
	assert_int_equal(t.max, 3);
	assert_int_equal(t.interval, 2);
	assert_false(t.locked);
	tpm_tries_words(&t, &words);
	assert_string_equal(words.text, "");
	for (unsigned int i = 0; i < 3; i++)
		refused_with("111111", -ENOKEY);
	t = tries();
	assert_true(t.locked);
	tpm_tries_words(&t, &words);
	assert_string_equal(words.text,
			    "the TPM is locked after 3 wrong tries; it takes one more after at most "
			    "2 seconds that the machine is on");
	/* the right one, too; and what does not count is not locked */
	refused_with("482913", -EBUSY);
	fixture_seal(&f);
	fixture_unseals(&f, 0);
	seal_with_pin("482913");
	for (unsigned int i = 0; i < 50 && tries().locked; i++)
		usleep(200000);
	t = tries();
	assert_false(t.locked);
	assert_in_range(t.failed, 1, 2);
	tpm_tries_words(&t, &words);
	assert_non_null(strstr(words.text, "of 3 tries of the TPM are used; it forgives one for each 2 "
					   "seconds that the machine is on"));
	opens("482913");
}

static void boot(bool orderly)
{
	static const uint8_t shutdown[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0 };
	uint8_t answer[16];

	tpm_close(f.t);
	f.t = NULL;
	if (orderly)
		swtpm_command(&f.swtpm, shutdown, sizeof(shutdown), answer, sizeof(answer));
	swtpm_reboot(&f.swtpm);
	fixture_boot(&f);
	fixture_reopen(&f);
}

static void load_alone(void)
{
	struct esys s;
	ESYS_TR object;

	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
}

/*
 * A start after a power cut counts as a wrong try if a PIN, right or wrong, was given since the start before
 * it, however long ago (Part 1, "Non-orderly Shutdown"). Loading does not, nor what was sealed without a PIN.
 */
static void test_power_cuts(void **state)
{
	limit(10, 3600);
	load_alone();
	boot(false);
	assert_int_equal(tries().failed, 0);
	opens("482913");
	boot(true);
	assert_int_equal(tries().failed, 0);
	opens("482913");
	boot(false);
	assert_int_equal(tries().failed, 1);
	boot(false);
	assert_int_equal(tries().failed, 1);
	/* tries are kept over starts */
	refused_with("482914", -ENOKEY);
	boot(true);
	assert_int_equal(tries().failed, 2);
	fixture_seal(&f);
	fixture_unseals(&f, 0);
	boot(false);
	assert_int_equal(tries().failed, 2);
}

/* Neither what is sealed nor what is made of the PIN goes over the bus, and each session is a salted one. */
static void test_nothing_on_the_bus(void **state)
{
	static const char pin[] = "48291348";
	struct heard h = { .bytes = NULL };
	struct secret right = auth_of(pin), wrong = auth_of("48291349"), key = SECRET_NONE;

	listener_start(&h, &f.swtpm);
	tpm_close(f.t);
	check_ok(tpm_open(h.proxy.tcti, &err, &f.t));
	seal_with(&right);
	assert_int_equal(try(&wrong, &key), -ENOKEY);
	assert_int_equal(try(&right, &key), 0);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", true, &err));
	secret_free(&key);
	tpm_close(f.t);
	f.t = NULL;
	listener_stop(&h);
	assert_int_equal(h.sealed, 1);
	assert_int_equal(h.unsealed, 1);
	listener_learns_nothing(&h, TEST_KEY, strlen(TEST_KEY));
	listener_learns_nothing(&h, pin, strlen(pin));
	listener_learns_nothing(&h, right.bytes, right.len);
	listener_learns_nothing(&h, wrong.bytes, wrong.len);
	listener_free(&h);
	secret_free(&right);
	secret_free(&wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_right_and_wrong, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_zeros_at_the_end, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_in_a_foreign_boot, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_either_alone, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_shape, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_lockout_and_its_end, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_power_cuts, setup_pin, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_on_the_bus, setup, teardown),
	};

	return cmocka_run_group_tests_name("PIN", tests, NULL, NULL);
}
