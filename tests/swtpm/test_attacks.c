/*
 * What an attacker with the disk, the TPM and root in another system may try. Each attack is made twice where that makes sense: through
 * tpm_unseal(), which checks Names first, and with ESYS directly, so that it is the TPM that refuses.
 */
#include "esys.h"

static struct fixture f;

static int setup(void **state)
{
	return fixture_setup(&f, 2, 0);
}

static int teardown(void **state)
{
	fixture_teardown(&f);
	return 0;
}

static void refuses(const struct unseal_request *q, int expected)
{
	struct secret key = SECRET_NONE;

	check_fails(tpm_unseal(f.t, q, &err, &key), expected);
	assert_null(key.bytes);
	fixture_clean(&f, 0);
}

static void load(struct esys *s, const struct buffer *object, ESYS_TR *ret)
{
	TPM2B_PUBLIC public = { .size = 0 };
	TPM2B_PRIVATE private = { .size = 0 };
	size_t at = 0;

	good(Tss2_MU_TPM2B_PUBLIC_Unmarshal(object->data, object->len, &at, &public));
	good(Tss2_MU_TPM2B_PRIVATE_Unmarshal(object->data, object->len, &at, &private));
	good(Esys_Load(s->e, esys_find(s, SRK_HANDLE), PASSWORD, &private, &public, ret));
}

/* The attacker's own program: goes on after every refusal and shows what Unseal itself says. No check of any Name. */
static TSS2_RC unseal_by_hand(size_t which)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	struct policy_path path;
	struct esys s;
	ESYS_TR object, index, session;
	TSS2_RC rc;

	assert_int_equal(policy_path(PCRS_GRUB, f.branch, f.branch_count, which, &path), 0);
	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	index = esys_find(&s, f.handle);
	session = esys_session(&s, TPM2_SE_POLICY);
	esys_policy_pcr(&s, session);
	for (size_t i = 0; i < path.n; i++)
		esys_policy_or(&s, session, &path.step[i]);
	Esys_PolicyAuthorizeNV(s.e, index, index, session, PASSWORD);
	rc = Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data);
	if (rc == TSS2_RC_SUCCESS)
		assert_memory_equal(data->buffer, TEST_KEY, data->size);
	Esys_Free(data);
	Esys_FlushContext(s.e, session);
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
	return rc_base(rc);
}

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

/* Another PCR is nobody's business. */
static void test_pcr_outside_the_policy(void **state)
{
	swtpm_extend(&f.swtpm, 5, (const uint8_t[SHA256_LEN]){ 1 });
	fixture_unseals(&f, 0);
}

/* Kernel A's PCR 4 with kernel B's PCR 9: each value is allowed somewhere, together they are not. */
static void test_branches_do_not_mix(void **state)
{
	uint8_t a[TPM_PCR_COUNT][SHA256_LEN], b[TPM_PCR_COUNT][SHA256_LEN];
	struct unseal_request q = fixture_request(&f, 0);

	memcpy(a, f.pcrs, sizeof(a));
	memcpy(b, f.pcrs, sizeof(b));
	memset(a[9], 0xaa, SHA256_LEN);
	memset(b[4], 0xbb, SHA256_LEN);
	assert_int_equal(branch_from_pcrs(1, PCRS_GRUB, a, &f.branch[0]), 0);
	assert_int_equal(branch_from_pcrs(2, PCRS_GRUB, b, &f.branch[1]), 0);
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

/* Owner authorisation is empty: anybody may undefine our index and define the same one again. It has no content then, and no way to get one. */
static void test_redefined_with_our_key(void **state)
{
	struct authority public_only = f.authority;
	struct unseal_request q = fixture_request(&f, 0);
	uint8_t root[SHA256_LEN], policy[SHA256_LEN];
	struct tpm_name before, found;
	uint32_t handle;

	public_only.sign = sign_with_another;
	public_only.key = NULL;
	assert_int_equal(policy_root(PCRS_GRUB, f.branch, f.branch_count, root), 0);
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
	assert_int_equal(policy_root(PCRS_GRUB, f.branch, f.branch_count, root), 0);
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

/* Index and sealed object of the attacker's own, under the real SRK: they unseal, but they are not what the anchor says. */
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
	assert_int_equal(policy_root(PCRS_GRUB, f.branch, f.branch_count, root), 0);
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
	check_ok(tpm_unseal(f.t, &q, &err, &key)); /* only who believes the token gets the attacker's secret */
	secret_free(&key);
	buffer_free(&object);
	p256_free(p256);
}

static struct recorded {
	uint8_t digest[SHA256_LEN], r[32], s[32];
} recorded;

static int record(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32], uint8_t ret_s[static 32])
{
	int r = p256_sign(key, digest, ret_r, ret_s);

	memcpy(recorded.digest, digest, SHA256_LEN);
	memcpy(recorded.r, ret_r, 32);
	memcpy(recorded.s, ret_s, 32);
	return r;
}

static int replay(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32], uint8_t ret_s[static 32])
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
	assert_int_equal(rc_base(Esys_PolicySigned(s.e, key, session, NONE, &empty, &empty, &empty, 0, &signature, NULL, NULL)),
			 TPM2_RC_SIGNATURE);
	assert_int_equal(rc_base(Esys_PolicySigned(s.e, key, session, NONE, nonce, &empty, &empty, 0, &signature, NULL, NULL)),
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
	q.srk = other.srk;
	check_fails(tpm_unseal(other.t, &q, &err, &key), -EKEYREJECTED); /* the index */
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
	assert_int_equal(policy_root(PCRS_GRUB, f.branch, f.branch_count, root), 0);
	check_ok(index_write(other.t, handle, &f.authority, root, &err));
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
	copy.data[9] |= TPMA_OBJECT_USERWITHAUTH; /* TPM2B size 2, type 2, nameAlg 2, attributes 4: the last byte */
	refuses(&q, -EBADMSG);
	assert_non_null(strstr(err.text, "not of the kind"));
	buffer_free(&copy);
}

/* A policy that forgets PCR 15 would leave the window open for ever. */
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
		cmocka_unit_test_setup_teardown(test_by_hand_works_before_the_window_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_15_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_4_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_8_extended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcr_outside_the_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_branches_do_not_mix, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced_policy_is_dead, setup, teardown),
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
		cmocka_unit_test_setup_teardown(test_policy_without_window, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reboot_without_measurements, setup, teardown),
	};

	return cmocka_run_group_tests_name("attacks", tests, NULL, NULL);
}
