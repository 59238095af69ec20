/*
 * What a build machine seals for the first boots of one other machine: pure.
 *
 * The TPM is elsewhere, and only the public area of its storage root key (SRK) is known. What can be made
 * from that is a credential (TPM 2.0 Library Part 1, 24): a secret for whoever has the SRK's private part and
 * an object of one Name loaded. That object is the *gate*. It holds no secret, anyone can load it, and its
 * authPolicy decides whether the TPM hands the credential out, since TPM2_ActivateCredential wants the ADMIN
 * role, which adminWithPolicy leaves to the policy alone:
 *
 *   PolicyPCR, PolicyOR over the branches (policy_root); PolicyCounterTimer(resetCount <= resets);
 *   PolicyCommandCode(TPM2_ActivateCredential)
 *
 * An object to be brought in with TPM2_Import would be open to everyone: TPM2_Rewrap takes the wrapper off it
 * for the password of the SRK, which is empty, and asks no policy (Part 3, TPM2_Rewrap; tests/swtpm/
 * test_deploy_wrapper.c does it). What is encrypted for an identity, and not to be imported, it refuses.
 *
 * Nothing of this proves who made it: everyone who knows the SRK's public area can.
 */
#ifndef SEAL_FIRST_BOOT_H
#define SEAL_FIRST_BOOT_H

#include <stddef.h>
#include <stdint.h>

#include "seal/policy.h"

#define FIRST_BOOT_KEY_MAX 32	  /* bytes: a credential is no longer than the digest of a Name */
#define FIRST_BOOT_OBJECT_MAX 512 /* bytes; 328 for an RSA-2048 SRK, 140 for P-256 */

struct first_boot_sealed {
	struct tpm_name srk;
	pcr_mask mask; /* always with PCR 15 */
	/*
	 * The last resetCount at which it unlocks. The TPM counts each start but those after a
	 * TPM2_Shutdown(STATE) (Part 1, "TPM Reset", "TPM Restart"), from 0 when its owner was made: a new
	 * machine of a cloud has 2 or 3 already.
	 */
	uint32_t resets;
	uint8_t object[FIRST_BOOT_OBJECT_MAX]; /* TPM2B_ID_OBJECT || TPM2B_ENCRYPTED_SECRET */
	size_t object_len;
	struct branch branch[BRANCH_MAX];
	size_t branch_count; /* 1..BRANCH_MAX */
};

/* The authPolicy of the gate, by mask, resets and branches alone. -EINVAL as policy_root(). */
int first_boot_policy(const struct first_boot_sealed *s, uint8_t ret[static SHA256_LEN]);

#endif
