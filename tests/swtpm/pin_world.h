/* A machine of unlock_world.h that was enrolled with a PIN. */
#ifndef TESTS_PIN_WORLD_H
#define TESTS_PIN_WORLD_H

#include "unlock_world.h"

#include "seal/pin.h"

#define PIN "s3cret-PIN/of=20.chrs"
#define PIN_QUESTION "PIN of this machine (empty: passphrase): \n"

/* What is made of the PIN, for those who look for it. */
struct pin_made {
	struct secret typed, stretched, auth, keyslot_key; /* what is sealed is TEST_KEY */
};

/* Instead of the token without one, a new keyslot; the anchor says so. ret may be NULL. */
void pin_world_enroll(struct world *w, struct pin_made *ret);
/* What is made of another PIN, with the token's salt. */
void pin_world_make(const struct world *w, const char *pin, struct pin_made *ret);
void pin_made_free(struct pin_made *m);
/* The owner's limits, of the TPM. */
void pin_world_limit(struct world *w, uint32_t max, uint32_t interval);
unsigned int pin_world_tries(struct world *w);
/* `open --pin` with this on its standard input. */
int pin_world_type(struct world *w, const char *typed);

#endif
