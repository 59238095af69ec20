/*
 * What an attacker with the disk, the TPM and root in another system may try. Attacks are made twice where
 * that makes sense: through tpm_unseal(), which checks Names first, and with ESYS directly, so that it is
 * the TPM that refuses.
 */
#ifndef TESTS_ATTACK_H
#define TESTS_ATTACK_H

#include "esys.h"

extern struct fixture f;
int setup(void **state);
int teardown(void **state);
void refuses(const struct unseal_request *q, int expected);
void load(struct esys *s, const struct buffer *object, ESYS_TR *ret);
/*
 * The attacker's own program: goes on after every refusal and shows what Unseal itself says. No check of
 * any Name.
 */
TSS2_RC unseal_by_hand(size_t which);

#endif
