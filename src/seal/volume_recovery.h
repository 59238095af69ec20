/* Recovery keyslots, and the other ways into a volume. */
#ifndef SEAL_VOLUME_RECOVERY_H
#define SEAL_VOLUME_RECOVERY_H

#include <stdint.h>

#include "base/error.h"
#include "seal/volume.h"

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

#endif
