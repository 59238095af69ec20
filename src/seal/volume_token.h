/* The tokens of bootseal in the header of a volume. */
#ifndef SEAL_VOLUME_TOKEN_H
#define SEAL_VOLUME_TOKEN_H

#include <stddef.h>

#include "base/error.h"
#include "seal/token.h"
#include "seal/token_first_boot.h"
#include "seal/volume.h"

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
/* That of the first boot, released with first_boot_token_free(). -ENODATA none, -EEXIST more than one. */
int volume_first_boot(const struct volume *v, struct error *err, struct first_boot_token *ret);
/* Writes it, in place of all of its type. The keyslot must exist. -EINVAL, -ENOSPC. */
int volume_first_boot_write(struct volume *v, const struct first_boot_token *t, struct error *err);
/* Free bytes in the JSON area. */
int volume_json_room(const struct volume *v, struct error *err, size_t *ret_free);

#endif
