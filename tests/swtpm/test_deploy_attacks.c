/* Attacks on the policy of a deployed machine: other boots, later boots, other TPMs. */
#include "deploy_attack.h"

/* The attacks below mean something only if the same program succeeds where it should. */
static void test_by_hand_works_in_the_first_boots(void **state)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(attacker_by_hand(0), TSS2_RC_SUCCESS);
		deployed_unlocks(&attacked, 0);
		fixture_reopen(&attacked.f);
		attacked_reboot();
	}
	assert_int_equal(attacker_by_hand(0), TPM2_RC_POLICY_FAIL);
}

static void test_after_the_last_reset(void **state)
{
	attacked_reboot();
	deployed_unlocks(&attacked, 0);
	tpm_close(attacked.f.t);
	for (int i = 0; i < 3; i++) {
		/* a power cut with all that the TPM remembers, or a reset */
		if (i == 1) {
			swtpm_end(&attacked.f.swtpm);
			swtpm_run(&attacked.f.swtpm);
			deployed_measure(&attacked.f.swtpm);
		} else {
			attacked_reboot();
		}
		check_ok(tpm_open(attacked.f.swtpm.tcti, &err, &attacked.f.t));
		deployed_refused(&attacked, &attacked.sealed, -EKEYEXPIRED,
				 "resets of the TPM, and those are over");
		assert_int_equal(attacker_by_hand(0), TPM2_RC_POLICY_FAIL);
		tpm_close(attacked.f.t);
	}
	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_equal(attacker_bounds(esys_session(&attacker, TPM2_SE_POLICY), attacked.sealed.resets),
			 TPM2_RC_POLICY);
	esys_close(&attacker);
	attacked_reboot();
	check_ok(tpm_open(attacked.f.swtpm.tcti, &err, &attacked.f.t));
}

static void test_a_later_bound_than_was_sealed(void **state)
{
	struct first_boot_sealed later = attacked.sealed;
	ESYS_TR session;

	later.resets += 1000;
	deployed_refused(&attacked, &later, -EBADMSG, "damaged, or its boot paths were changed");
	attacked_reboot();
	attacked_reboot();
	deployed_refused(&attacked, &later, -EBADMSG, "damaged, or its boot paths were changed");
	esys_open(&attacked.f.swtpm, &attacker);
	session = attacker_policy(0);
	assert_int_equal(attacker_bounds(session, later.resets), TSS2_RC_SUCCESS);
	attacker_names_command(session, TPM2_CC_ActivateCredential);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), session),
			 TPM2_RC_POLICY_FAIL);
	esys_close(&attacker);
}

/* A session whose policy was satisfied in time is put away, and taken out again after the reset. */
static void test_a_session_from_before_the_reset(void **state)
{
	TPMS_CONTEXT *saved = NULL;
	ESYS_TR session, again;

	esys_open(&attacked.f.swtpm, &attacker);
	session = attacker_policy(0);
	attacker_names_command(session, TPM2_CC_ActivateCredential);
	good(Esys_ContextSave(attacker.e, session, &saved));
	good(Esys_ContextLoad(attacker.e, saved, &session));
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), session), TSS2_RC_SUCCESS);
	Esys_Free(saved);
	session = attacker_policy(0);
	attacker_names_command(session, TPM2_CC_ActivateCredential);
	good(Esys_ContextSave(attacker.e, session, &saved));
	esys_close(&attacker);
	attacked_reboot();
	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_not_equal(Esys_ContextLoad(attacker.e, saved, &again), TSS2_RC_SUCCESS);
	Esys_Free(saved);
	esys_close(&attacker);
}

static void test_another_tpm(void **state)
{
	struct deployed other;
	TPM2B_PUBLIC srk = srk_of(attacked.srk.is_rsa);

	for (int persistent = 0; persistent < 2; persistent++) {
		deployed_start(&other);
		if (persistent)
			deployed_primary(&other.f.swtpm, &srk, true, &other.srk);
		deployed_refused(&other, &attacked.sealed, -EKEYREJECTED, "another TPM");
		assert_int_equal(swtpm_handles(&other.f.swtpm, 0x80), 0);
		deployed_stop(&other);
	}
}

/* Clearing it sets the count of resets back, and makes another TPM of it. */
static void test_a_cleared_tpm(void **state)
{
	TPM2B_PUBLIC srk = srk_of(false);
	struct storage_key now;

	attacked_reboot();
	attacked_reboot();
	esys_open(&attacked.f.swtpm, &attacker);
	good(Esys_Clear(attacker.e, ESYS_TR_RH_LOCKOUT, PASSWORD));
	esys_close(&attacker);
	assert_int_equal(deployed_resets(&attacked.f.swtpm), 0);
	fixture_reopen(&attacked.f);
	deployed_refused(&attacked, &attacked.sealed, -EKEYREJECTED, "another TPM");
	deployed_primary(&attacked.f.swtpm, &srk, true, &now);
	assert_memory_not_equal(&now.name, &attacked.srk.name, sizeof(now.name));
	fixture_reopen(&attacked.f);
	deployed_refused(&attacked, &attacked.sealed, -EKEYREJECTED, "another TPM");
	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_not_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), attacker_policy(0)),
			     TSS2_RC_SUCCESS);
	esys_close(&attacker);
}

static void extended(unsigned int pcr, const char *words)
{
	swtpm_extend(&attacked.f.swtpm, pcr, (const uint8_t[SHA256_LEN]){ 1 });
	deployed_refused(&attacked, &attacked.sealed, -EACCES, words);
	assert_int_equal(attacker_by_hand(0), TPM2_RC_POLICY_FAIL);
	assert_int_equal(attacker_by_hand(1), TPM2_RC_POLICY_FAIL);
}

static void test_another_kernel(void **state)
{
	extended(4, "PCR 4 (the boot loaders and the kernel) differs from the nearest sealed boot path");
}

static void test_another_command_line(void **state)
{
	extended(8, "PCR 8 (");
}

static void test_the_window_is_closed(void **state)
{
	extended(WINDOW_PCR, "the window is closed");
}

/* The boot path that is running is written into the list. */
static void test_a_branch_of_ones_own(void **state)
{
	struct first_boot_sealed own = attacked.sealed;

	swtpm_extend(&attacked.f.swtpm, 4, (const uint8_t[SHA256_LEN]){ 1 });
	fixture_branches(&attacked.f, 2, 0);
	memcpy(own.branch, attacked.f.branch, sizeof(own.branch));
	deployed_refused(&attacked, &own, -EBADMSG, "damaged, or its boot paths were changed");
	own = attacked.sealed;
	own.branch[own.branch_count++] = attacked.f.branch[0];
	deployed_refused(&attacked, &own, -EBADMSG, "damaged, or its boot paths were changed");
}

static void test_a_policy_without_the_window(void **state)
{
	struct first_boot_sealed open = attacked.sealed;

	open.mask &= ~PCR(WINDOW_PCR);
	deployed_refused(&attacked, &open, -EINVAL, "leaves out PCR 15");
	open.mask = attacked.sealed.mask | (PCR_ALL + 1);
	deployed_refused(&attacked, &open, -EINVAL, "not usable");
	open = attacked.sealed;
	open.branch_count = 0;
	deployed_refused(&attacked, &open, -EINVAL, "not usable");
	open.branch_count = BRANCH_MAX + 1;
	deployed_refused(&attacked, &open, -EINVAL, "not usable");
}

/* All but the policy in full, for that command. */
static void test_activated_without_the_policy(void **state)
{
	static const TPM2_CC others[] = { TPM2_CC_Duplicate, TPM2_CC_ObjectChangeAuth, TPM2_CC_Certify,
					  TPM2_CC_Unseal };
	ESYS_TR session;

	esys_open(&attacked.f.swtpm, &attacker);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), ESYS_TR_PASSWORD),
			 TPM2_RC_AUTH_TYPE);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true),
					    esys_session(&attacker, TPM2_SE_HMAC)),
			 TPM2_RC_AUTH_TYPE);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true),
					    esys_session(&attacker, TPM2_SE_POLICY)),
			 TPM2_RC_POLICY_FAIL);
	/* satisfied, but for no command, or for another one */
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), attacker_policy(0)),
			 TPM2_RC_POLICY_FAIL);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		session = attacker_policy(0);
		good(attacker_names_command(session, others[i]));
		assert_int_not_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), session),
				     TSS2_RC_SUCCESS);
	}
	session = esys_session(&attacker, TPM2_SE_POLICY);
	good(attacker_names_command(session, TPM2_CC_ActivateCredential));
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), session),
			 TPM2_RC_POLICY_FAIL);
	/* the other way round: PolicyOR finds another digest than those it is given */
	session = esys_session(&attacker, TPM2_SE_POLICY);
	good(attacker_names_command(session, TPM2_CC_ActivateCredential));
	esys_policy_pcr(&attacker, session);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, 0, true), session),
			 TPM2_RC_POLICY_FAIL);
	esys_close(&attacker);
}

/* A gate that is easier to pass has another Name, and the credential is for that one. */
static void test_another_gate(void **state)
{
	uint8_t easy[SHA256_LEN];
	ESYS_TR session;

	assert_int_equal(policy_activate((const uint8_t[SHA256_LEN]){ 0 }, easy), 0);
	esys_open(&attacked.f.swtpm, &attacker);
	session = esys_session(&attacker, TPM2_SE_POLICY);
	good(attacker_names_command(session, TPM2_CC_ActivateCredential));
	assert_int_equal(attacker_activates(attacker_loads_gate(easy, 0, true), session), TPM2_RC_INTEGRITY);
	assert_int_equal(attacker_activates(attacker_loads_gate(NULL, TPMA_OBJECT_USERWITHAUTH, true),
					    ESYS_TR_PASSWORD),
			 TPM2_RC_INTEGRITY);
	/* by its public area alone it cannot be used, whatever the policy */
	session = attacker_policy(0);
	good(attacker_names_command(session, TPM2_CC_ActivateCredential));
	assert_int_not_equal(attacker_activates(attacker_loads_gate(NULL, 0, false), session),
			     TSS2_RC_SUCCESS);
	esys_close(&attacker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		attack(test_by_hand_works_in_the_first_boots),
		attack(test_after_the_last_reset),
		attack(test_a_later_bound_than_was_sealed),
		attack(test_a_session_from_before_the_reset),
		attack(test_another_tpm),
		attack(test_a_cleared_tpm),
		attack(test_another_kernel),
		attack(test_another_command_line),
		attack(test_the_window_is_closed),
		attack(test_a_branch_of_ones_own),
		attack(test_a_policy_without_the_window),
		attack(test_activated_without_the_policy),
		attack(test_another_gate),
		attack_on_rsa(test_by_hand_works_in_the_first_boots),
		attack_on_rsa(test_another_tpm),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests_name("attacks on a deployed machine", tests, NULL, NULL);
}
