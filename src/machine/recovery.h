/*
 * The recovery key of the root's volumes (seal/recovery_key.h): one key, a keyslot of its own in each of
 * them. Independent of TPM and enrolment: it is there before and stays after.
 *
 * Errors: -EPERM when a passphrase or key opens nothing; -ECANCELED refused; others as the layers below.
 */
#ifndef MACHINE_RECOVERY_H
#define MACHINE_RECOVERY_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "seal/volume.h"
#include "seal/volume_ways.h"

/*
 * Does auth open every volume? ret_keyslots: those of recovery keys that are there now, of all volumes; bit n
 * is keyslot n.
 */
int recovery_check(const struct machine *m, const struct secret *auth, struct error *err,
		   uint32_t *ret_keyslots);

/*
 * Makes this the recovery key, the only one: new keyslot -> token names the new and the old ones -> the old
 * ones go. Stopped anywhere, the old key works or both do, and the next call ends with one. (Stopped before
 * the token is written, the new key works, too, but nothing tells its keyslot from a passphrase's.)
 * ret_keyslot: in the last volume.
 */
int recovery_set(const struct machine *m, const struct secret *auth, const struct secret *key,
		 struct error *err, int *ret_keyslot);

/*
 * Which recovery keyslot the key opens in the last volume; -EPERM when a volume is not opened by it, -ENODATA
 * when one has none.
 */
int recovery_test(const struct machine *m, const struct secret *key, struct error *err, int *ret_keyslot);

/* auth must open a keyslot that stays. -ENODATA when there is none to remove. */
int recovery_remove(const struct machine *m, const struct secret *auth, struct error *err);

/* The ways into an enrolled volume, by its UUID. */
int recovery_ways(const struct machine *m, const char *uuid, struct error *err, struct volume_ways *ret);

#endif
