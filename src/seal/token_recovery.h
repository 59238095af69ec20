/*
 * The LUKS2 token that names the keyslots of the recovery key. Attackers can write it, like the other token:
 * a keyslot that it names is only tried with the key that a person typed.
 *
 * {"type":"bootseal-recovery","keyslots":["2"],"version":1}
 * Two keyslots while a key is being replaced; none when the keyslot was removed.
 */
#ifndef SEAL_TOKEN_RECOVERY_H
#define SEAL_TOKEN_RECOVERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define RECOVERY_TOKEN_TYPE "bootseal-recovery"
#define RECOVERY_TOKEN_MAX_LEN 512 /* bytes: all 32 keyslots fit */

/* Bit n is keyslot n. -EBADMSG. */
int recovery_token_parse(const char *json, size_t n, struct error *err, uint32_t *ret_keyslots);
int recovery_token_format(uint32_t keyslots, struct error *err, struct buffer *ret);

#endif
