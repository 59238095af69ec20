/* Attacks on the policy index and the sealed object: redefined, forged, replayed, moved, damaged. */
#include "attack.h"

static int sign_with_another(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
			     uint8_t ret_s[static 32])
{
	struct p256 *other;
	int r;

	check_ok(p256_generate(&err, &other));
	r = p256_sign(other, digest, ret_r, ret_s);
	p256_free(other);
	return r;
}

/*
 * Owner authorisation is empty: anybody may undefine our index and define the same one again. It has no
 * content then, and no way to get one.
 */
static void test_redefined_with_our_key(void **state)
{
	struct authority public_only = f.authority;
	struct unseal_request q = fixture_request(&f, 0);
	uint8_t root[SHA256_LEN], policy[SHA256_LEN];
	struct tpm_name before, found;
	uint32_t handle;

	public_only.sign = sign_with_another;
	public_only.key = NULL;
	assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, f.branch_count, root), 0);
	check_ok(index_remove(f.t, f.handle, &err));
	check_ok(index_create(f.t, &public_only, &err, &handle));
	assert_int_equal(handle, f.handle);
	check_ok(index_found(f.t, handle, &err, &found));
	assert_int_equal(index_name(handle, &f.authority, false, &before), 0);
	assert_memory_equal(&found, &before, sizeof(found));

	check_fails(index_write(f.t, handle, &public_only, root, &err), -EACCES);
	check_fails(index_read(f.t, handle, &f.index, &err, policy), -ENODATA);
	refuses(&q, -EKEYREJECTED);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	/* our key can, and then all is as before: it was a denial of service, no more */
	fixture_policy(&f);
	fixture_unseals(&f, 0);
}

static void test_redefined_with_the_attackers_key(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);
	uint8_t root[SHA256_LEN], policy[SHA256_LEN];
	struct authority attacker;
	struct tpm_name found;
	struct p256 *key;
	uint32_t handle;

	fixture_authority(&key, &attacker);
	assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, f.branch_count, root), 0);
	check_ok(index_remove(f.t, f.handle, &err));
	check_ok(index_create(f.t, &attacker, &err, &handle));
	assert_int_equal(handle, f.handle);
	check_ok(index_write(f.t, handle, &attacker, root, &err));
	check_ok(index_found(f.t, handle, &err, &found));
	assert_memory_not_equal(&found, &f.index, sizeof(found));

	check_fails(index_read(f.t, handle, &f.index, &err, policy), -EKEYREJECTED);
	refuses(&q, -EKEYREJECTED);
	/* a token that tells of the attacker's index, with our sealed object */
	q.index = found;
	refuses(&q, -EKEYREJECTED);
	assert_int_equal(unseal_by_hand(0), TPM2_RC_POLICY_FAIL);
	p256_free(key);
}

/*
 * Index and sealed object of the attacker's own, under the real SRK: they unseal, but they are not what the
 * anchor says.
 */
static void test_forged_object_and_index(void **state)
{
	struct buffer object = BUFFER_NONE;
	struct authority attacker;
	struct unseal_request q = fixture_request(&f, 0);
	struct secret key = SECRET_NONE;
	uint8_t root[SHA256_LEN];
	struct tpm_name index;
	struct p256 *p256;
	uint32_t handle;

	fixture_authority(&p256, &attacker);
	check_ok(index_create(f.t, &attacker, &err, &handle));
	assert_int_not_equal(handle, f.handle);
	assert_int_equal(index_name(handle, &attacker, true, &index), 0);
	assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, f.branch_count, root), 0);
	check_ok(index_write(f.t, handle, &attacker, root, &err));
	assert_int_equal(secret_random(32, &key), 0);
	check_ok(tpm_seal(f.t, &key, &index, &err, &object));
	secret_free(&key);

	q.object = object.data;
	q.object_len = object.len;
	refuses(&q, -EKEYREJECTED); /* index and handle as in the anchor */
	q.index_handle = handle;
	refuses(&q, -EKEYREJECTED); /* Name as in the anchor */
	q.index = index;
	check_ok(tpm_unseal(f.t, &q, &err,
			    &key)); /* only who believes the token gets the attacker's secret */
	secret_free(&key);
	buffer_free(&object);
	p256_free(p256);
}

static struct recorded {
	uint8_t digest[SHA256_LEN], r[32], s[32];
} recorded;

static int record(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		  uint8_t ret_s[static 32])
{
	int r = p256_sign(key, digest, ret_r, ret_s);

	memcpy(recorded.digest, digest, SHA256_LEN);
	memcpy(recorded.r, ret_r, 32);
	memcpy(recorded.s, ret_s, 32);
	return r;
}

static int replay(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		  uint8_t ret_s[static 32])
{
	assert_memory_not_equal(digest, recorded.digest, SHA256_LEN);
	memcpy(ret_r, recorded.r, 32);
	memcpy(ret_s, recorded.s, 32);
	return 0;
}

/* A signature that was seen on the bus, for the very same write, in a later session */
static void test_replayed_signature(void **state)
{
	struct authority a = f.authority;
	uint8_t old[SHA256_LEN] = { 1 }, new[SHA256_LEN] = { 2 }, found[SHA256_LEN];

	a.sign = record;
	check_ok(index_write(f.t, f.handle, &a, old, &err));
	check_ok(index_write(f.t, f.handle, &f.authority, new, &err));
	a.sign = replay;
	check_fails(index_write(f.t, f.handle, &a, old, &err), -EACCES);
	check_ok(index_read(f.t, f.handle, &f.index, &err, found));
	assert_memory_equal(found, new, SHA256_LEN);
	fixture_clean(&f, 0);
}

/* The same with a program that claims not to be bound to nonce or command */
static void test_replayed_signature_unbound(void **state)
{
	TPMT_SIGNATURE signature = {
		.sigAlg = TPM2_ALG_ECDSA,
		.signature.ecdsa = { .hash = TPM2_ALG_SHA256, .signatureR.size = 32, .signatureS.size = 32 },
	};
	const TPM2B_DIGEST empty = { .size = 0 };
	TPM2B_NONCE *nonce = NULL;
	uint8_t policy[SHA256_LEN] = { 1 };
	struct authority a = f.authority;
	struct esys s;
	ESYS_TR key, session;

	a.sign = record;
	check_ok(index_write(f.t, f.handle, &a, policy, &err));
	memcpy(signature.signature.ecdsa.signatureR.buffer, recorded.r, 32);
	memcpy(signature.signature.ecdsa.signatureS.buffer, recorded.s, 32);
	esys_open(&f.swtpm, &s);
	key = esys_load_key(&s, &f.authority);
	session = esys_session(&s, TPM2_SE_POLICY);
	good(Esys_TRSess_GetNonceTPM(s.e, session, &nonce));
	assert_int_equal(rc_base(Esys_PolicySigned(s.e, key, session, NONE, &empty, &empty, &empty, 0,
						   &signature, NULL, NULL)),
			 TPM2_RC_SIGNATURE);
	assert_int_equal(rc_base(Esys_PolicySigned(s.e, key, session, NONE, nonce, &empty, &empty, 0,
						   &signature, NULL, NULL)),
			 TPM2_RC_SIGNATURE);
	Esys_Free(nonce);
	good(Esys_FlushContext(s.e, session));
	good(Esys_FlushContext(s.e, key));
	esys_close(&s);
}

static const uint8_t *wanted;

static int sign_something_else(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
			       uint8_t ret_s[static 32])
{
	return p256_sign(key, wanted, ret_r, ret_s);
}

/* The right key, but it signed something else */
static void test_signature_for_another_digest(void **state)
{
	struct authority a = f.authority;
	uint8_t other[SHA256_LEN] = { 3 };

	wanted = other;
	a.sign = sign_something_else;
	check_fails(index_write(f.t, f.handle, &a, other, &err), -EACCES);
	fixture_clean(&f, 0);
}

/* The disk in another machine: another SRK. And a token that claims the other SRK as ours. */
static void test_another_tpm(void **state)
{
	struct fixture other = { .t = NULL };
	struct unseal_request q = fixture_request(&f, 0);
	struct secret key = SECRET_NONE;

	fixture_setup(&other, 2, 0);
	check_fails(tpm_unseal(other.t, &q, &err, &key), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "storage root key"));
	q.srk = other.srk;
	check_fails(tpm_unseal(other.t, &q, &err, &key), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "policy index"));
	fixture_clean(&other, 0);
	fixture_teardown(&other);
}

/* The same index there, by moving the authority key: the object itself still belongs to the first SRK. */
static void test_object_of_another_srk(void **state)
{
	struct fixture other = { .t = NULL };
	struct unseal_request q = fixture_request(&f, 0);
	struct secret key = SECRET_NONE;
	uint8_t root[SHA256_LEN];
	uint32_t handle;

	fixture_setup(&other, 2, 0);
	check_ok(index_remove(other.t, other.handle, &err));
	check_ok(index_create(other.t, &f.authority, &err, &handle));
	assert_int_equal(policy_root(SAMPLE_PCRS, f.branch, f.branch_count, root), 0);
	check_ok(index_write(other.t, handle, &f.authority, root, &err));
	check_fails(tpm_unseal(other.t, &q, &err, &key), -EKEYREJECTED);
	q.srk = other.srk;
	check_fails(tpm_unseal(other.t, &q, &err, &key), -EBADMSG);
	assert_null(key.bytes);
	fixture_clean(&other, 0);
	fixture_teardown(&other);
}

static uint32_t seed = 1;

static uint8_t any_byte(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 16;
}

static void test_damaged_object(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);
	struct buffer copy = BUFFER_NONE;
	uint8_t noise[600];
	struct secret key = SECRET_NONE;

	for (size_t n = 0; n < f.object.len; n++) {
		q.object_len = n;
		refuses(&q, -EBADMSG);
	}
	buffer_add(&copy, f.object.data, f.object.len);
	buffer_add_u8(&copy, 0);
	q.object = copy.data;
	q.object_len = copy.len;
	refuses(&q, -EBADMSG);
	/* every byte of it counts: wrong shape, wrong policy, or the TPM's own integrity check */
	q.object_len = f.object.len;
	for (size_t i = 0; i < f.object.len; i++) {
		int r;

		copy.data[i] ^= 0x41;
		err = ERROR_NONE;
		r = tpm_unseal(f.t, &q, &err, &key);
		assert_true(r == -EBADMSG || r == -EKEYREJECTED);
		assert_true(err.text[0]);
		copy.data[i] ^= 0x41;
	}
	for (int i = 0; i < 200; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = any_byte();
		q.object = noise;
		q.object_len = any_byte() * 2;
		refuses(&q, -EBADMSG);
	}
	fixture_unseals(&f, 0);
	buffer_free(&copy);
}

/* An object that needs no policy, with the right authPolicy written in it: refused by its shape. */
static void test_object_with_weaker_attributes(void **state)
{
	struct unseal_request q = fixture_request(&f, 0);
	struct buffer copy = BUFFER_NONE;

	buffer_add(&copy, f.object.data, f.object.len);
	q.object = copy.data;
	copy.data[9] |=
		TPMA_OBJECT_USERWITHAUTH; /* TPM2B size 2, type 2, nameAlg 2, attributes 4: the last byte */
	refuses(&q, -EBADMSG);
	assert_non_null(strstr(err.text, "not made by bootseal"));
	buffer_free(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_redefined_with_our_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_redefined_with_the_attackers_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forged_object_and_index, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replayed_signature, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replayed_signature_unbound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signature_for_another_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_tpm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_object_of_another_srk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_object_with_weaker_attributes, setup, teardown),
	};

	return cmocka_run_group_tests_name("attacks on index and object", tests, NULL, NULL);
}
