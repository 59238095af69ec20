/*
 * The volumes that this run is to open: those of the anchor that cryptsetup-initramfs would ask for.
 */
#ifndef UNLOCK_TARGET_H
#define UNLOCK_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "seal/anchor.h"
#include "seal/token.h"
#include "seal/volume.h"
#include "unlock/unlock.h"

enum outcome {
	TARGET_WAITING,  /* nothing is decided */
	TARGET_OPENED,
	TARGET_EXISTS,   /* the mapping was there */
	TARGET_ABSENT,   /* no device yet */
	TARGET_HEADER,   /* not the header of the anchor, or it cannot be checked: no quiet passphrase prompt */
	TARGET_TOKEN,    /* the right header, but its token or keyslot is of no use */
	TARGET_POLICY,
	TARGET_NO_TPM,
	TARGET_FAILED,
	TARGET_OUTCOMES,
};

struct target {
	const struct anchor_target *pinned; /* borrowed from the anchor */
	char device[256];                   /* as crypttab names it */
	struct volume_flags flags;
	enum outcome outcome;
	struct error why;                   /* when it is neither waiting, opened nor there */
	struct volume *volume;              /* its header, checked; NULL before */
	bool has_token;
	struct token token;                 /* checked against the anchor */
	struct secret key;
};

struct targets {
	struct target target[TARGET_MAX];
	size_t count;
	bool by_hand;   /* no crypttab: not in an initramfs, the anchor's targets by their UUIDs */
	bool cryptopts; /* cryptopts= on the command line replaces the crypttab */
	size_t others;  /* entries that are not ours to open and are not open: cryptroot will ask for them */
};

#define TARGETS_NONE ((struct targets){ .count = 0 })

/*
 * Which volumes, and from what device: the crypttab of cryptsetup-initramfs or cryptopts=, less what the anchor does not name. With
 * names, only those. -EINVAL for a name that is not in the anchor; -EBADMSG for a damaged crypttab.
 */
int targets_collect(const struct options *o, const struct anchor *a, int count, char *const *names, struct error *err,
		    struct targets *ret);

/* For a command that a person calls: reads the anchor, collects, waits for the devices; says what failed. The anchor must live on. */
enum unlock_exit targets_begin(const struct options *o, int count, char *const *names, struct anchor *ret_anchor,
			       struct targets *ret);

/* Polls until every waiting target has its device, at most so long; those without one become absent. */
void targets_wait(struct targets *t, long timeout_ms);

/* Reads header and token of a waiting target and compares them with the anchor; outcome says what is wrong. */
void target_check(struct target *t, const struct anchor *a);

/* Sets the outcome and its words for every waiting target. */
void targets_settle(struct targets *t, enum outcome outcome, const struct error *why);

size_t targets_count(const struct targets *t, enum outcome outcome);

/* Wipes keys and closes headers; fine twice. */
void targets_free(struct targets *t);

#endif
