/*
 * Moving the policy: the writes of a reseal, in the one order that a power cut cannot hurt
 * (doc/design.md, 8a).
 *
 *   every token gets the live generation and the new one -> NV_Write of the new root -> the tokens drop the
 * old one
 *
 * Unlock takes the generation whose root the index holds, so each step leaves a machine that unlocks with the
 * old policy or with the new one. The live generation is never dropped, and nothing at all is written when
 * index and tokens already agree.
 */
#ifndef MACHINE_TRANSACTION_H
#define MACHINE_TRANSACTION_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"
#include "seal/token.h"
#include "seal/tpm.h"
#include "seal/tpm_name.h"
#include "seal/volume.h"

/* The enrolled volumes that are here, opened, each with its token. */
struct enrolled {
	struct {
		const struct anchor_target *target; /* in the anchor */
		struct volume *volume;
		struct token token;
		int token_id;
	} at[TARGET_MAX];
	size_t n;
	struct anchor anchor;
};

/*
 * Reads the anchor, opens each of its volumes that is here and checks its header's volume pin and its token
 * against the anchor. -ENODATA: no anchor, or no volume of it is here. -EKEYREJECTED: a header or token that
 * is not the anchor's.
 */
int enrolled_open(const struct machine *m, struct error *err, struct enrolled *ret);
/* Does a token of theirs want a PIN? Of that the boot decides, by the tokens. */
bool enrolled_wants_pin(const struct enrolled *e);
/* Do two want different ones? So it is after a power cut between two headers. */
bool enrolled_pins_differ(const struct enrolled *e);
void enrolled_close(struct enrolled *e); /* fine on a zeroed one, fine twice */

/*
 * Where the parts of a transaction can be stopped; the tests of power cuts call it with their own function.
 */
enum transaction_step { STEP_BOTH_GENERATIONS, STEP_INDEX, STEP_OLD_DROPPED };

struct policy_move {
	struct tpm *tpm;
	const struct authority *authority;
	struct enrolled *enrolled;
	pcr_mask mask;
	const struct branch *branch; /* the new policy */
	size_t branch_count;
	/* called after each write of volume (or 0); an error stops the move there. May be NULL. */
	int (*cut)(void *ctx, enum transaction_step step, size_t volume);
	void *cut_ctx;
};

/*
 * ret_generation: the number of the generation in force afterwards; ret_changed false when it was in force
 * already. On an error the old policy is in force, or the new one is and `err` says so.
 */
int policy_move(const struct policy_move *m, struct error *err, uint32_t *ret_generation, bool *ret_changed);

/*
 * The root in the index, SRK and index checked by Name against the anchor. -ENODATA while no policy was
 * written.
 */
int policy_live(struct tpm *t, const struct anchor *a, struct error *err,
		uint8_t ret_root[static SHA256_LEN]);

/* The generation in force, from any volume's token; NULL when no token has it. */
const struct generation *enrolled_live(const struct enrolled *e, const uint8_t root[static SHA256_LEN]);

#endif
