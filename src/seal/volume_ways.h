/* The ways into a volume: what each keyslot is for. */
#ifndef SEAL_VOLUME_WAYS_H
#define SEAL_VOLUME_WAYS_H

#include <stdint.h>

#include "base/error.h"
#include "seal/token_named.h"
#include "seal/volume.h"

/* Which keyslots open the volume in which way: bit n is keyslot n, each in one mask only. */
struct volume_ways {
	uint32_t tpm;        /* named by our token */
	uint32_t recovery;   /* named by the recovery token */
	uint32_t late;       /* named by the token of the key on the root */
	uint32_t first_boot; /* named by the token of a first boot */
	uint32_t other;      /* named by somebody else's token */
	uint32_t passphrase; /* the rest */
};
void volume_ways(const struct volume *v, struct volume_ways *ret);

/*
 * The keyslots that tokens of this type name (seal/token_named.h); 0 when there are none. Tokens that cannot
 * be read do not count.
 */
uint32_t volume_named(const struct volume *v, const char *type);
/* Writes the one token of that type, or takes it away for 0. The keyslots must exist. -ENOSPC. */
int volume_named_set(struct volume *v, const char *type, uint32_t keyslots, struct error *err);

#endif
