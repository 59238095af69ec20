/*
 * Late volumes: LUKS2 volumes that the running system opens, after the initramfs, such as /home or a data
 * disk. Each has a keyslot for a key that lies on the encrypted root; the TPM and the initramfs know
 * nothing of them (doc/design.md, 5a).
 *
 *   /etc/bootseal/volumes      which they are: name, UUID, volume pin. No secret.
 *   /etc/bootseal/volumes.key  the key, one for all of them; mode 0400
 *
 * In /etc, because /var may lie on one of them.
 */
#ifndef MACHINE_RECORD_LATE_VOLUMES_H
#define MACHINE_RECORD_LATE_VOLUMES_H

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"

#define LATE_VOLUMES_PATH "/etc/bootseal/volumes"
#define LATE_KEY_PATH "/etc/bootseal/volumes.key"

/* Without the file: 0, and none. -EBADMSG: the record is damaged; then the message says what to do. */
int late_volumes_read(const struct machine *m, struct error *err, struct anchor *ret);
/* Adds one, in place of those with its name or UUID, and of a damaged list. -E2BIG: TARGET_MAX are there. */
int late_volumes_put(const struct machine *m, const struct anchor_target *t, struct error *err);
/* Takes one off; with the last one both files go. 0, too, when it is not there. */
int late_volumes_drop(const struct machine *m, const char *name, struct error *err);

/*
 * The key. -ENOENT, without a message, when none was made; -EBADMSG: it is damaged. ensure makes one in
 * both cases: then the keyslots of the one before are of no use.
 */
int late_key_load(const struct machine *m, struct error *err, struct secret *ret);
int late_key_ensure(const struct machine *m, struct error *err, struct secret *ret);

#endif
