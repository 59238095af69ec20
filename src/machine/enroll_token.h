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

/* A token that is there, and what takes its place. */
struct enroll_replacement {
	struct volume *volume; /* borrowed */
	int id, keep;          /* the token's number; the passphrase's keyslot */
	struct token *before, *now; /* owned; now is made */
};

/*
 * Other keyslots and objects in place of those of these tokens, whose boot paths stay. Each volume gets its
 * keyslot first, for which there may be no room; then the tokens are written, one write each, from which on
 * the new ones unlock; then the old keyslots go. Where one fails all are as before; cut between two writes,
 * some volumes have the new PIN and others the old one, which `check` says (machine/outlook.c).
 */
int enroll_tokens_replace(struct enroll_sealing *s, struct enroll_replacement *r, size_t n,
			  struct error *err);
void enroll_replacements_free(struct enroll_replacement *r, size_t n);
void enroll_sealing_free(struct enroll_sealing *s); /* what was made; fine twice */

#endif
