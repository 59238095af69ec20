/*
 * Journal of keyslots being added or removed, for recovery after a power cut. A cut between a new keyslot and
 * the token that names it would leave an orphaned keyslot that looks like a passphrase's. So the keyslot is
 * recorded on the encrypted root before it is made. The next run removes it, but only if it matches the
 * record: its number, a random iteration count (volume_keyslot_plan()) and no token that names it. Where one
 * keyslot takes the place of another, both are recorded, and the one that the token does not name goes.
 */
#ifndef MACHINE_RECORD_PENDING_H
#define MACHINE_RECORD_PENDING_H

#include "base/secret.h"
#include "machine/system/machine.h"
#include "seal/volume.h"

#define PENDING_PATH MACHINE_STATE_DIR "/adding.json"

struct keyslot_keys {
	const struct secret *auth; /* any passphrase of the volume */
	const struct secret *key;  /* what the new keyslot opens with */
};

/* Records the keyslot, then adds it. Errors as of volume_keyslot_add(), and those of writing the record. */
int pending_keyslot_add(const struct machine *m, struct volume *v, const struct keyslot_keys *keys,
			struct error *err, int *ret_keyslot);

/*
 * r: the result of writing the token that names the keyslot. After a failure the keyslot is removed; when
 * even that fails the record stays for the next run. Returns r.
 */
int pending_settle(const struct machine *m, struct volume *v, int keyslot, int r);

/*
 * For removal: records a keyslot whose token will be removed. Then the token is removed, and pending_sweep()
 * removes the keyslot: in this order, so that a header with a token always unlocks.
 */
int pending_note_going(const struct machine *m, const struct volume *v, int keyslot, struct error *err);

/*
 * Removes the keyslots that an interrupted run left in this volume, but never `keep`, which a passphrase just
 * unlocked (-1: none).
 */
int pending_sweep(const struct machine *m, struct volume *v, int keep, struct error *err);

#endif
