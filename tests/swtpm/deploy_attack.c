#include "deploy_attack.h"

#include "seal/tpm_gate.h"

struct deployed attacked;
struct esys attacker;

static int begin(bool is_rsa)
{
	TPM2B_PUBLIC srk = srk_of(is_rsa);

	deployed_start(&attacked);
	deployed_primary(&attacked.f.swtpm, &srk, true, &attacked.srk);
	deployed_seal(&attacked, 2, 0, 1);
	return 0;
}

int attacked_setup(void **state)
{
	return begin(false);
}

int attacked_setup_rsa(void **state)
{
	return begin(true);
}

int attacked_teardown(void **state)
{
	deployed_stop(&attacked);
	return 0;
}

void attacked_reboot(void)
{
	swtpm_reboot(&attacked.f.swtpm);
	deployed_measure(&attacked.f.swtpm);
}

ESYS_TR attacker_loads_gate(const uint8_t *policy, TPMA_OBJECT attributes, bool whole)
{
	uint8_t own[SHA256_LEN];
	TPM2B_SENSITIVE sensitive;
	TPM2B_PUBLIC public;
	ESYS_TR gate;

	assert_int_equal(first_boot_policy(&attacked.sealed, own), 0);
	assert_int_equal(tpm_gate(policy ? policy : own, &sensitive, &public), 0);
	if (attributes)
	public.publicArea.objectAttributes = attributes;
	good(Esys_LoadExternal(attacker.e, NONE, whole ? &sensitive : NULL, &public, ESYS_TR_RH_NULL, &gate));
	return gate;
}

TSS2_RC attacker_bounds(ESYS_TR session, uint32_t resets)
{
	const TPM2B_OPERAND b = { .size = 4, .buffer = { resets >> 24, resets >> 16, resets >> 8, resets } };

	return rc_base(Esys_PolicyCounterTimer(attacker.e, session, NONE, &b, 16, TPM2_EO_UNSIGNED_LE));
}

ESYS_TR attacker_policy(size_t which)
{
	ESYS_TR session = esys_session(&attacker, TPM2_SE_POLICY);
	struct policy_path path;

	assert_int_equal(policy_path(attacked.sealed.mask, attacked.sealed.branch,
				     attacked.sealed.branch_count, which, &path),
			 0);
	esys_policy_pcr(&attacker, session);
	for (size_t i = 0; i < path.n; i++)
		esys_policy_or(&attacker, session, &path.step[i]);
	attacker_bounds(session, attacked.sealed.resets);
	return session;
}

TSS2_RC attacker_names_command(ESYS_TR session, TPM2_CC cc)
{
	return rc_base(Esys_PolicyCommandCode(attacker.e, session, NONE, cc));
}

void attacker_takes_apart(TPM2B_ID_OBJECT *ret_blob, TPM2B_ENCRYPTED_SECRET *ret_secret)
{
	size_t at = 0;

	ret_blob->size = ret_secret->size = 0;
	good(Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(attacked.sealed.object, attacked.sealed.object_len, &at,
					       ret_blob));
	good(Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(attacked.sealed.object, attacked.sealed.object_len, &at,
						      ret_secret));
	assert_int_equal(at, attacked.sealed.object_len);
}

TSS2_RC attacker_activates(ESYS_TR gate, ESYS_TR session)
{
	TPM2B_ENCRYPTED_SECRET secret;
	TPM2B_ID_OBJECT blob;
	TPM2B_DIGEST *key = NULL;
	TSS2_RC rc;

	attacker_takes_apart(&blob, &secret);
	rc = Esys_ActivateCredential(attacker.e, gate, esys_find(&attacker, SRK_HANDLE), session,
				     ESYS_TR_PASSWORD, ESYS_TR_NONE, &blob, &secret, &key);
	if (rc == TSS2_RC_SUCCESS) {
		assert_int_equal(key->size, sizeof(TEST_KEY) - 1);
		assert_memory_equal(key->buffer, TEST_KEY, key->size);
	}
	Esys_Free(key);
	if (session != ESYS_TR_PASSWORD)
		good(Esys_FlushContext(attacker.e, session));
	good(Esys_FlushContext(attacker.e, gate));
	return rc_base(rc);
}

TSS2_RC attacker_by_hand(size_t which)
{
	ESYS_TR session;
	TSS2_RC rc;

	esys_open(&attacked.f.swtpm, &attacker);
	session = attacker_policy(which);
	attacker_names_command(session, TPM2_CC_ActivateCredential);
	rc = attacker_activates(attacker_loads_gate(NULL, 0, true), session);
	esys_close(&attacker);
	return rc;
}
