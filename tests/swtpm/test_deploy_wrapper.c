/* Attacks on what a deployed machine's key is wrapped in: other commands that unwrap, damage. */
#include "deploy_attack.h"

#include "seal/tpm_gate.h"
#include "seal/tpm_wrap.h"

/* The command that takes a wrapper off without asking any policy. ret_out: what comes out. */
static TSS2_RC rewrap(const TPM2B_PRIVATE *blob, const struct tpm_name *name,
		      const TPM2B_ENCRYPTED_SECRET *seed, TPM2B_PRIVATE **ret_out)
{
	TPM2B_NAME n = { .size = TPM_NAME_LEN };
	TPM2B_ENCRYPTED_SECRET *none = NULL;
	TSS2_RC rc;

	memcpy(n.name, name->bytes, TPM_NAME_LEN);
	rc = Esys_Rewrap(attacker.e, esys_find(&attacker, SRK_HANDLE), ESYS_TR_RH_NULL, PASSWORD, blob, &n,
			 seed, ret_out, &none);
	Esys_Free(none);
	return rc_base(rc);
}

static void gate_of(struct tpm_name *ret)
{
	uint8_t digest[SHA256_LEN];

	assert_int_equal(first_boot_policy(&attacked.sealed, digest), 0);
	assert_int_equal(gate_name(digest, ret), 0);
}

/* Why it is no object for TPM2_Import: that is handed out in the clear, to anyone, at any time. */
static void test_what_is_made_for_import_is_handed_out(void **state)
{
	struct wrap w = { .key = &attacked.srk, .label = "DUPLICATE" };
	struct buffer b = BUFFER_NONE;
	struct secret text = SECRET_NONE;
	TPM2B_ENCRYPTED_SECRET seed = { .size = 0 };
	TPM2B_PRIVATE blob = { .size = 0 }, *out = NULL;
	size_t at = 0;

	gate_of(&w.name);
	assert_int_equal(secret_new(sizeof(TEST_KEY) - 1, &text), 0);
	memcpy(text.bytes, TEST_KEY, text.len);
	w.text = &text;
	check_ok(tpm_wrap(&w, &err, &b));
	good(Tss2_MU_TPM2B_PRIVATE_Unmarshal(b.data, b.len, &at, &blob));
	good(Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(b.data, b.len, &at, &seed));
	esys_open(&attacked.f.swtpm, &attacker);
	good(rewrap(&blob, &w.name, &seed, &out));
	assert_int_equal(out->size, 2 + text.len);
	assert_memory_equal(out->buffer + 2, TEST_KEY, text.len);
	Esys_Free(out);
	esys_close(&attacker);
	buffer_free(&b);
	secret_free(&text);
}

static void test_rewrap(void **state)
{
	TPM2B_ENCRYPTED_SECRET secret;
	TPM2B_ID_OBJECT id;
	TPM2B_PRIVATE blob = { .size = 0 }, *out = NULL;
	struct tpm_name name;

	gate_of(&name);
	attacker_takes_apart(&id, &secret);
	blob.size = id.size;
	memcpy(blob.buffer, id.credential, id.size);
	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_not_equal(rewrap(&blob, &name, &secret, &out), TSS2_RC_SUCCESS);
	assert_null(out);
	esys_close(&attacker);
}

static void test_import(void **state)
{
	const TPMT_SYM_DEF_OBJECT none = { .algorithm = TPM2_ALG_NULL };
	const TPM2B_DATA no_key = { .size = 0 };
	uint8_t digest[SHA256_LEN];
	TPM2B_ENCRYPTED_SECRET secret;
	TPM2B_ID_OBJECT id;
	TPM2B_PRIVATE blob = { .size = 0 }, *out = NULL;
	TPM2B_SENSITIVE sensitive;
	TPM2B_PUBLIC public;

	assert_int_equal(first_boot_policy(&attacked.sealed, digest), 0);
	assert_int_equal(tpm_gate(digest, &sensitive, &public), 0);
	attacker_takes_apart(&id, &secret);
	blob.size = id.size;
	memcpy(blob.buffer, id.credential, id.size);
	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_not_equal(Esys_Import(attacker.e, esys_find(&attacker, SRK_HANDLE), PASSWORD, &no_key,
					 &public, &blob, &secret, &none, &out),
			     TSS2_RC_SUCCESS);
	assert_null(out);
	esys_close(&attacker);
}

/* The SRK decrypts for no program that asks it to. */
static void test_decrypted_with_the_srk(void **state)
{
	const TPMT_RSA_DECRYPT oaep = { .scheme = TPM2_ALG_OAEP, .details.oaep.hashAlg = TPM2_ALG_SHA256 };
	const TPM2B_DATA label = { .size = 9, .buffer = "IDENTITY" };
	TPM2B_PUBLIC_KEY_RSA text = { .size = 0 }, *seed = NULL;
	TPM2B_ENCRYPTED_SECRET secret;
	TPM2B_ECC_POINT point = { .size = 0 }, *z = NULL;
	TPM2B_ID_OBJECT id;
	ESYS_TR srk;

	attacker_takes_apart(&id, &secret);
	esys_open(&attacked.f.swtpm, &attacker);
	srk = esys_find(&attacker, SRK_HANDLE);
	if (attacked.srk.is_rsa) {
		text.size = secret.size;
		memcpy(text.buffer, secret.secret, secret.size);
		assert_int_equal(
			rc_base(Esys_RSA_Decrypt(attacker.e, srk, PASSWORD, &text, &oaep, &label, &seed)),
			TPM2_RC_ATTRIBUTES);
		assert_null(seed);
	} else {
		point.point.x.size = point.point.y.size = 32;
		memcpy(point.point.x.buffer, secret.secret + 2, 32);
		memcpy(point.point.y.buffer, secret.secret + 36, 32);
		assert_int_equal(rc_base(Esys_ECDH_ZGen(attacker.e, srk, PASSWORD, &point, &z)),
				 TPM2_RC_ATTRIBUTES);
		assert_null(z);
	}
	esys_close(&attacker);
}

/* The SRK cannot be taken elsewhere, whatever is tried; nor does the gate have anything to take. */
static void test_duplicate(void **state)
{
	const TPMT_SYM_DEF_OBJECT none = { .algorithm = TPM2_ALG_NULL };
	const TPM2B_DATA no_key = { .size = 0 };
	TPM2B_ENCRYPTED_SECRET *seed = NULL;
	TPM2B_PRIVATE *out = NULL;
	TPM2B_DATA *key = NULL;

	esys_open(&attacked.f.swtpm, &attacker);
	for (int way = 0; way < 8; way++) {
		ESYS_TR gate = attacker_loads_gate(NULL, 0, true),
			what = way < 2 ? esys_find(&attacker, SRK_HANDLE) : gate, session = ESYS_TR_PASSWORD;

		if (way == 1 || way == 3)
			session = esys_session(&attacker, TPM2_SE_HMAC);
		if (way >= 4)
			session = way == 7 ? esys_session(&attacker, TPM2_SE_POLICY) : attacker_policy(0);
		if (way == 5)
			attacker_names_command(session, TPM2_CC_ActivateCredential);
		if (way >= 6)
			good(attacker_names_command(session, TPM2_CC_Duplicate));
		if (way == 7) { /* before all the rest */
			esys_policy_pcr(&attacker, session);
			attacker_bounds(session, attacked.sealed.resets);
		}
		assert_int_not_equal(Esys_Duplicate(attacker.e, what, ESYS_TR_RH_NULL, session, ESYS_TR_NONE,
						    ESYS_TR_NONE, &no_key, &none, &key, &out, &seed),
				     TSS2_RC_SUCCESS);
		assert_null(out);
		if (session != ESYS_TR_PASSWORD)
			good(Esys_FlushContext(attacker.e, session));
		good(Esys_FlushContext(attacker.e, gate));
	}
	esys_close(&attacker);
}

/* Every byte, with one bit and with all of them; each length. */
static void test_a_damaged_object(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct first_boot_sealed bad = attacked.sealed;

	for (size_t i = 0; i < attacked.sealed.object_len; i++) {
		for (size_t k = 0; k < sizeof(flips); k++) {
			bad.object[i] ^= flips[k];
			deployed_refused(&attacked, &bad, -EBADMSG, "what this machine was deployed with");
			bad.object[i] ^= flips[k];
		}
	}
	for (bad.object_len = 0; bad.object_len <= sizeof(bad.object) + 1; bad.object_len++)
		if (bad.object_len != attacked.sealed.object_len)
			deployed_refused(&attacked, &bad, -EBADMSG, "was not made by bootseal");
	assert_int_equal(swtpm_handles(&attacked.f.swtpm, 0x80), 0);
	deployed_unlocks(&attacked, 0);
}

static void test_every_byte_of_the_policy(void **state)
{
	struct first_boot_sealed bad = attacked.sealed;
	struct secret key = SECRET_NONE;
	uint8_t *at[] = { (uint8_t *)&bad.srk, (uint8_t *)&bad.resets, (uint8_t *)&bad.mask,
			  bad.branch[0].composite, bad.branch[1].composite };
	const size_t lens[] = { sizeof(bad.srk), sizeof(bad.resets), sizeof(bad.mask), SHA256_LEN,
				SHA256_LEN };

	for (size_t p = 0; p < sizeof(at) / sizeof(at[0]); p++) {
		for (size_t i = 0; i < lens[p]; i++) {
			at[p][i] ^= 0x80;
			assert_true(tpm_first_boot(attacked.f.t, &bad, &err, &key) < 0);
			assert_null(key.bytes);
			at[p][i] ^= 0x80;
		}
	}
	deployed_unlocks(&attacked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		attack(test_what_is_made_for_import_is_handed_out),
		attack(test_rewrap),
		attack(test_import),
		attack(test_decrypted_with_the_srk),
		attack(test_duplicate),
		attack(test_a_damaged_object),
		attack(test_every_byte_of_the_policy),
		attack_on_rsa(test_what_is_made_for_import_is_handed_out),
		attack_on_rsa(test_rewrap),
		attack_on_rsa(test_import),
		attack_on_rsa(test_decrypted_with_the_srk),
		attack_on_rsa(test_a_damaged_object),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests_name("attacks on a deployed machine's wrapper", tests, NULL, NULL);
}
