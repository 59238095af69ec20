/*
 * What an enrolment puts into a header: a keyslot, a sealed object, and the token that names both; with a PIN
 * (doc/pin.md) or without.
 */
#ifndef MACHINE_ENROLL_TOKEN_H
#define MACHINE_ENROLL_TOKEN_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"
#include "seal/token.h"
#include "seal/tpm.h"
#include "seal/volume.h"

/*
 * One key for all volumes, since the same boots open them all: the TPM is asked once, however many there are.
 * What is given comes first; the rest is made with the first token.
 */
struct enroll_sealing {
	const struct machine *machine;
	struct tpm *tpm;
	const struct anchor *anchor; /* SRK and index */
	const struct secret *passphrase; /* opens each volume */
	const struct secret *pin; /* NULL: none */
	uint32_t pin_iterations; /* 0: measured */
	pcr_mask mask;
	struct secret key; /* of the keyslots */
	struct pin_salt salt;
	struct buffer object;
};

/* A token for a volume that has none. */
int enroll_token_new(struct enroll_sealing *s, struct volume *v, struct error *err);
/*
 * Another keyslot and object in place of those of this token of number id, whose boot paths stay: the old
 * ones unlock until the token is replaced, which is one write. keep: the passphrase's keyslot.
 */
int enroll_token_replace(struct enroll_sealing *s, struct volume *v, int id, struct token *t, int keep,
			 struct error *err);
void enroll_sealing_free(struct enroll_sealing *s); /* what was made; fine twice */

#endif
