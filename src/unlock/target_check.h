/* The volume's header and token against the anchor, before the TPM is asked for anything. */
#ifndef UNLOCK_TARGET_CHECK_H
#define UNLOCK_TARGET_CHECK_H

#include "seal/anchor.h"
#include "unlock/target.h"

/*
 * Reads header and token of a waiting target and compares them with the anchor; outcome says what is wrong.
 */
void target_check(struct target *t, const struct anchor *a);

#endif
