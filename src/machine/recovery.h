/*
 * The recovery key of the root's volumes (seal/recovery_key.h): one key, a keyslot of its own in each of
 * them. Independent of TPM and enrolment: it is there before and stays after.
 *
 * Errors: -EPERM when a passphrase or key opens nothing; -ECANCELED refused; others as the layers below.
 */
#ifndef MACHINE_RECOVERY_H
#define MACHINE_RECOVERY_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "seal/volume.h"
#include "seal/volume_ways.h"

struct recovery_there {
	size_t with, without;  /* volumes that have a recovery key, and those that have none */
	char device[PATH_MAX]; /* the first of the latter */
};

/* Does auth open every volume? And which have a recovery key? */
int recovery_check(const struct machine *m, const struct secret *auth, struct error *err,
		   struct recovery_there *ret);

/*
 * Makes this the recovery key, the only one, of all volumes: in each a new keyslot, and a token that names it
 * and the old ones; and only then, in each, the old ones go. Where a volume does not take it the others are
 * as before. Stopped anywhere, the old key works or both do, and the next call ends with one. (Stopped before
 * a token is written, the new key works there, too, but nothing tells its keyslot from a passphrase's.)
 * ret_keyslot: in the last volume.
 */
int recovery_set(const struct machine *m, const struct secret *auth, const struct secret *key,
		 struct error *err, int *ret_keyslot);

/*
 * Which recovery keyslot the key opens in the last volume; -EPERM when a volume is not opened by it, -ENODATA
 * when one has none.
 */
int recovery_test(const struct machine *m, const struct secret *key, struct error *err, int *ret_keyslot);

/* How many of the volumes this key opens, whatever the keyslot. */
int recovery_opens(const struct machine *m, const struct secret *key, struct error *err, size_t *ret_opened,
		   size_t *ret_all);

/*
 * auth must open a keyslot that stays, in each volume that has a recovery key; before that is known none is
 * removed. -ENODATA when there is none to remove.
 */
int recovery_remove(const struct machine *m, const struct secret *auth, struct error *err);

/* The ways into an enrolled volume, by its UUID. */
int recovery_ways(const struct machine *m, const char *uuid, struct error *err, struct volume_ways *ret);

#endif
