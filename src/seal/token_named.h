/*
 * Those of our LUKS2 tokens that say nothing but what a keyslot is for. Attackers can write them: a keyslot
 * that one names is only tried with the key that it is for.
 *
 * {"type":"bootseal-recovery","keyslots":["2"],"version":1}
 * Two keyslots while a key is being replaced; none when the keyslot was removed.
 */
#ifndef SEAL_TOKEN_NAMED_H
#define SEAL_TOKEN_NAMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define RECOVERY_TOKEN_TYPE "bootseal-recovery" /* the key that a person has noted */
#define LATE_TOKEN_TYPE "bootseal-late"         /* the key on the encrypted root, machine/late.h */
#define NAMED_TOKEN_MAX_LEN 512                 /* bytes: all 32 keyslots fit */

/* Is it one of these types? */
bool named_token_is(const char *type);
/* Bit n is keyslot n. -EBADMSG, also for a token of another type. */
int named_token_parse(const char *type, const char *json, size_t n, struct error *err,
		      uint32_t *ret_keyslots);
int named_token_format(const char *type, uint32_t keyslots, struct error *err, struct buffer *ret);

#endif
