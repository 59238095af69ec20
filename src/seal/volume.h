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

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "seal/token.h"

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

/* What a volume pin is made of. The UUID is not part of the JSON: it is in the binary header. */
struct volume_pin_source {
	const char *json; /* crypt_dump_json's text */
	size_t json_len;
	const char *uuid; /* lower case, canonical */
	int keyslot;
};

/*
 * The canonical text whose SHA-256 is the pin: pure, for volume_pin, tests and the fuzzer. -EKEYREJECTED
 * when a rule is broken, -EBADMSG.
 */
int volume_pin_text(const struct volume_pin_source *src, struct error *err, struct buffer *ret);
/* Bytes of that JSON in the compact form in which libcryptsetup writes it to the disk. */
int volume_json_len(const char *json, size_t n, struct error *err, size_t *ret);

/* Our token; ret_id is its number in the header. -ENODATA none, -EEXIST more than one. */
int volume_token(const struct volume *v, struct error *err, int *ret_id, struct token *ret);
/*
 * Writes it in place of number id, or as a new one for id -1. Reloads and retries when somebody else
 * changed the header. -ENOSPC.
 */
int volume_token_write(struct volume *v, int id, const struct token *t, struct error *err, int *ret_id);
int volume_token_remove(struct volume *v, int id, struct error *err);
/*
 * Number of the first token of our type, readable or not, that is >= from: what `remove` walks over.
 * -ENODATA.
 */
int volume_token_find(const struct volume *v, int from, int *ret_id);
/* Free bytes in the JSON area. */
int volume_json_room(const struct volume *v, struct error *err, size_t *ret_free);

/*
 * A keyslot for a random key: PBKDF2-SHA256 with hardly more than the least iterations. auth: any
 * passphrase of the volume. -EPERM when it opens nothing, -ENOSPC when all are taken.
 */
int volume_keyslot_add(struct volume *v, const struct secret *auth, const struct secret *key, struct error *err,
		       int *ret_keyslot);
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
int volume_keyslot_test(struct volume *v, int keyslot, const struct secret *auth, struct error *err, int *ret_keyslot);
/* How many keyslots are in use. */
int volume_keyslot_count(const struct volume *v);

/* Which keyslots open the volume in which way: bit n is keyslot n, each in one mask only. */
struct volume_ways {
	uint32_t tpm;        /* named by our token */
	uint32_t recovery;   /* named by the recovery token */
	uint32_t other;      /* named by somebody else's token */
	uint32_t passphrase; /* the rest */
};
void volume_ways(const struct volume *v, struct volume_ways *ret);

/*
 * The keyslots that recovery tokens name (seal/token_recovery.h); 0 when there are none. Tokens that cannot
 * be read do not count.
 */
uint32_t volume_recovery(const struct volume *v);
/* Writes the recovery token, or takes it away for 0. The keyslots must exist. -ENOSPC. */
int volume_recovery_set(struct volume *v, uint32_t keyslots, struct error *err);

struct volume_flags {
	bool discards, no_read_workqueue, no_write_workqueue, same_cpu_crypt, submit_from_crypt_cpus, readonly;
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
