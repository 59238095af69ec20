/*
 * The LUKS2 token that says which keyslots a recovery key opens. As attacker-writable as the other one: a keyslot that it names is
 * tried with what a person typed, no more.
 *
 * {"type":"bootseal-recovery","keyslots":["2"],"version":1}
 * Two keyslots while a key is being replaced; none when somebody took the keyslot away.
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
