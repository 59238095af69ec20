/*
 * What an attacker may try who has the disk of a machine that was deployed, its TPM, and any other system to
 * boot there: through tpm_first_boot(), and with ESYS, so that it is the TPM that refuses.
 */
#ifndef TESTS_DEPLOY_ATTACK_H
#define TESTS_DEPLOY_ATTACK_H

#include "deployed.h"

/* The machine, sealed to for this start and one reset more, and the attacker's own connection. */
extern struct deployed attacked;
extern struct esys attacker;

int attacked_setup(void **state); /* with an SRK on P-256 */
int attacked_setup_rsa(void **state);
int attacked_teardown(void **state);
/* Power off and on, and the same boot. */
void attacked_reboot(void);
/* The gate, as anyone can load it, with another policy or other attributes where they like. */
ESYS_TR attacker_loads_gate(const uint8_t *policy, TPMA_OBJECT attributes, bool whole);
/* "resetCount is at most this" */
TSS2_RC attacker_bounds(ESYS_TR session, uint32_t resets);
/* PolicyPCR with what the PCRs are, PolicyOR, PolicyCounterTimer; what is refused is passed over. */
ESYS_TR attacker_policy(size_t which);
TSS2_RC attacker_names_command(ESYS_TR session, TPM2_CC cc);
void attacker_takes_apart(TPM2B_ID_OBJECT *ret_blob, TPM2B_ENCRYPTED_SECRET *ret_secret);
/* Ends gate and session; success counts only with the key. */
TSS2_RC attacker_activates(ESYS_TR gate, ESYS_TR session);
/* All of that: the attacker's own program, which goes on after every refusal. */
TSS2_RC attacker_by_hand(size_t which);

#define attack(f) cmocka_unit_test_setup_teardown(f, attacked_setup, attacked_teardown)
#define attack_on_rsa(f)                                                  \
	{                                                                 \
#f "_rsa", f, attacked_setup_rsa, attacked_teardown, NULL \
	}

#endif
