/*
 * Keyslots in the making, or going. Between a new keyslot and the token that names it the power may go, and the header then holds a keyslot whose
 * key nobody has and which looks like a passphrase's. So the encrypted root says first which keyslot is about to be made; the next run
 * takes it off, and never one that does not match: its number, a random iteration count (volume_keyslot_plan()) and that no token
 * names it.
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

/* Notes it, then adds the keyslot. Errors as of volume_keyslot_add(), and those of writing the note. */
int pending_keyslot_add(const struct machine *m, struct volume *v, const struct keyslot_keys *keys,
			struct error *err, int *ret_keyslot);

/*
 * r: how writing the token that names the keyslot went. After a failure the keyslot goes again; when even that fails the note stays
 * for the next run. Returns r.
 */
int pending_settle(const struct machine *m, struct volume *v, int keyslot, int r);

/*
 * The other way round: notes a keyslot whose token is about to go. Then the token goes, and with pending_sweep() the keyslot: in that order, so
 * that a header whose token is there opens.
 */
int pending_note_going(const struct machine *m, const struct volume *v, int keyslot, struct error *err);

/* Takes off what an interrupted run left in this volume; `keep`, the keyslot that a passphrase has just opened, never (-1: none). */
int pending_sweep(const struct machine *m, struct volume *v, int keep, struct error *err);

#endif
