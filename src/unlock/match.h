/*
 * Finding this boot among the sealed boot paths, in software: no policy session is started for a boot that
 * cannot succeed.
 *
 * Branch lists come from tokens and are untrusted until their root is found in the policy index. They belong
 * to the machine, not to a volume: the list of one target serves all of them.
 */
#ifndef UNLOCK_MATCH_H
#define UNLOCK_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/anchor.h"
#include "seal/tpm.h"
#include "unlock/target.h"

struct match {
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	uint32_t differing; /* from the nearest branch, when there is no match */
	/* the generation that the policy index holds, when it is known; borrowed from a target's token */
	const struct generation *generation;
	pcr_mask mask;
	size_t which; /* the branch in it that is this boot; branch_count when none is */
};

/* Reads every PCR that a token selects, and the window's. */
int match_read(struct tpm *tpm, const struct targets *t, struct error *err, struct match *ret);

bool match_window_closed(const struct match *m);

/*
 * Is this boot in any list of any token? Otherwise m->differing names the PCRs that differ from the nearest
 * one.
 */
bool match_candidate(const struct targets *t, struct match *m);

/*
 * Reads the policy index, finds the list whose root it holds, and this boot in that list. Returns -EACCES
 * with a message when one of them is missing; otherwise what index_read() returns.
 */
int match_index(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err,
		struct match *m);

#endif
