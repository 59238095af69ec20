/*
 * A LUKS2 volume. The only header over libcryptsetup; nothing of it shows.
 *
 * A volume is the header as it was read once, kept in memory: what was checked is what is activated.
 * Errors: -ENOENT no such device; -ENODATA no token of ours; -EBADMSG not LUKS2 or damaged; -EKEYREJECTED
 * the volume pin differs or a rule of the volume pin is broken; -EPERM wrong key; -ENOSPC no room in the
 * header; -EEXIST two tokens of ours, or the mapping exists; -EIO.
 */
#ifndef SEAL_VOLUME_H
#define SEAL_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "hash/hash.h"

struct volume;

/* device: a block device or a file. */
int volume_open(const char *device, struct error *err, struct volume **ret);
void volume_close(struct volume *v); /* fine on NULL */
/* Reads the header again, forgetting the old one. */
int volume_reload(struct volume *v, struct error *err);

const char *volume_uuid(const struct volume *v); /* lower case, borrowed */

/*
 * The volume pin (doc/design.md, 6): SHA-256 of a canonical text made from the header in memory, with the
 * rules checked: exactly one segment "0", type crypt, no flags, no requirements, one digest covering
 * exactly it (and the keyslot, when >= 0), no null cipher in any spelling.
 */
int volume_pin(const struct volume *v, int keyslot, struct error *err, uint8_t ret[static SHA256_LEN]);

struct volume_flags {
	bool discards, no_read_workqueue, no_write_workqueue, same_cpu_crypt, submit_from_crypt_cpus,
		readonly;
};

/* A mapping to be made. */
struct volume_mapping {
	const char *name;
	int keyslot;
	const struct secret *key; /* of that keyslot */
	const struct volume_flags *flags;
};
/* Opens exactly that keyslot and activates the mapping through the header in memory. */
int volume_activate(struct volume *v, const struct volume_mapping *m, struct error *err);
/* Takes a mapping away, and with it the volume key out of the kernel. -EBUSY when it is in use. */
int volume_deactivate(const char *name, struct error *err);

#endif
