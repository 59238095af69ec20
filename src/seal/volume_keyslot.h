/* Keyslots of a volume. */
#ifndef SEAL_VOLUME_KEYSLOT_H
#define SEAL_VOLUME_KEYSLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "seal/volume.h"

/*
 * A keyslot for a random key: PBKDF2-SHA256 with hardly more than the least iterations. auth: any
 * passphrase of the volume. -EPERM when it opens nothing, -ENOSPC when all are taken.
 */
int volume_keyslot_add(struct volume *v, const struct secret *auth, const struct secret *key,
		       struct error *err, int *ret_keyslot);
/*
 * The same in two steps, for a caller that notes in between which keyslot it is about to make: after a
 * power cut nothing else tells a keyslot that no token names yet from somebody's passphrase. The iteration
 * count is an odd one, by which it is known again.
 */
struct keyslot_plan {
	int keyslot;
	uint32_t iterations;
};
int volume_keyslot_plan(struct volume *v, struct error *err, struct keyslot_plan *ret);
int volume_keyslot_add_planned(struct volume *v, const struct secret *auth, const struct secret *key,
			       const struct keyslot_plan *plan, struct error *err);
/* What an existing keyslot would have been planned as; -ENOENT when it is no PBKDF2 one. */
int volume_keyslot_describe(const struct volume *v, int keyslot, struct keyslot_plan *ret);
/* Is that keyslot in use, made as planned, and named by no token? */
bool volume_keyslot_is_unnamed(const struct volume *v, const struct keyslot_plan *plan);
int volume_keyslot_remove(struct volume *v, int keyslot, struct error *err);
/*
 * Which keyslot (any, or just `keyslot` when >= 0) this passphrase opens, volume key checked against the
 * digest.
 */
int volume_keyslot_test(struct volume *v, int keyslot, const struct secret *auth, struct error *err,
			int *ret_keyslot);
/* How many keyslots are in use. */
int volume_keyslot_count(const struct volume *v);

#endif
