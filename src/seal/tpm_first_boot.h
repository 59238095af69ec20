/* The target's side of a first boot (seal/first_boot.h): getting the key. */
#ifndef SEAL_TPM_FIRST_BOOT_H
#define SEAL_TPM_FIRST_BOOT_H

#include "base/error.h"
#include "base/secret.h"
#include "seal/first_boot.h"
#include "seal/tpm.h"

/*
 * Everything in s is untrusted. The SRK is the persistent one or, on a machine without one, a primary of the
 * owner hierarchy that is made for this struct tpm; nothing in the TPM is replaced. One salted and encrypted
 * policy session, in which PCRs that change midway restart the policy, three times. It stays open for
 * tpm_close_window(t, &s->srk, ...), until that or tpm_close().
 *
 * -EBADMSG: not of tpm_deploy()'s shape, or damaged; -EINVAL: a policy without PCR 15, or without branches;
 * -EKEYREJECTED: sealed for another TPM; -EKEYEXPIRED: the TPM was reset too often since; -EACCES: the PCRs
 * differ, with words which. Else as in tpm.h.
 */
int tpm_first_boot(struct tpm *t, const struct first_boot_sealed *s, struct error *err, struct secret *ret);

/*
 * How many more resets it will survive; at 0 this boot is the last one. -EKEYEXPIRED with words. The TPM's
 * word about its clock is not authenticated: for messages.
 */
int tpm_resets_left(struct tpm *t, uint32_t resets, struct error *err, uint32_t *ret);

#endif
