/*
 * A PIN beside the TPM (doc/pin.md): what is made of it. No TPM, no volume.
 *
 *   P           = PBKDF2-HMAC-SHA256(PIN, salt, iterations)
 *   authValue   = HMAC-SHA256(P, "bootseal pin auth")                of the sealed object
 *   keyslot key = HMAC-SHA256(P, "bootseal pin keyslot" || sealed)
 */
#ifndef SEAL_PIN_H
#define SEAL_PIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

#define PIN_MIN 6 /* characters */
#define PIN_MAX 64
#define PIN_SALT_LEN 32
#define PIN_ITERATIONS_MIN 1000
/* A header must not hang the boot: some seconds on a slow machine. */
#define PIN_ITERATIONS_MAX 10000000

/* What the token says of it; not secret. */
struct pin_salt {
	uint8_t salt[PIN_SALT_LEN];
	uint32_t iterations;
};

bool pin_salt_is_sound(const struct pin_salt *s);
/* 6 to 64 printable characters of ASCII, no blanks: -EINVAL with words for anything else. */
int pin_check(const struct secret *pin, struct error *err);
/* P. 32 bytes, as the other two. -ENOMEM, -EIO. */
int pin_stretch(const struct secret *pin, const struct pin_salt *s, struct error *err, struct secret *ret);
int pin_auth(const struct secret *p, struct error *err, struct secret *ret);
int pin_keyslot_key(const struct secret *p, const struct secret *sealed, struct error *err,
		    struct secret *ret);

#endif
