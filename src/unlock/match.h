/*
 * Finding this boot among the sealed boot paths, in software: no policy session is started for a boot that cannot succeed.
 *
 * Branch lists come from tokens and are the attacker's until their root is found in the policy index. They are the machine's, not the
 * volume's: the list of any target will do for all.
 */
#ifndef UNLOCK_MATCH_H
#define UNLOCK_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

struct match {
	uint8_t pcrs[TPM_PCR_COUNT][SHA256_LEN];
	uint32_t differing; /* from the nearest branch, when there is no match */
	/* the generation that the policy index holds, when it is known; borrowed from a target's token */
	const struct generation *generation;
	uint32_t mask;
	size_t which; /* the branch in it that is this boot; branch_count when none is */
};

/* Reads every PCR that a token selects, and the window's. */
int match_read(struct tpm *tpm, const struct targets *t, struct error *err, struct match *ret);

bool match_window_closed(const struct match *m);

/* Is this boot in any list of any token? Otherwise m->differing says what is wrong with it. */
bool match_candidate(const struct targets *t, struct match *m);

/*
 * Reads the policy index and finds the list that it holds, and this boot in it. -EACCES with words when there is none; otherwise as
 * index_read() says.
 */
int match_index(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err, struct match *m);

#endif
