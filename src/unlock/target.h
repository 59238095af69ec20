/*
 * The volumes to unlock in this run: those of the anchor that cryptsetup-initramfs would ask for.
 */
#ifndef UNLOCK_TARGET_H
#define UNLOCK_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/exit_code.h"
#include "base/secret.h"
#include "seal/anchor.h"
#include "seal/boot_result.h"
#include "seal/crypttab.h"
#include "seal/token.h"
#include "seal/volume.h"
#include "unlock/options.h"

struct target {
	const struct anchor_target *pinned; /* borrowed from the anchor */
	char device[256];                   /* as crypttab names it */
	struct volume_flags flags;
	enum outcome outcome;
	struct error why;                   /* unless it is waiting, opened or exists */
	struct volume *volume;              /* its header, checked; NULL before */
	bool has_token;
	struct token token;                 /* checked against the anchor */
	bool wrong_pin;                     /* why it has no key */
	struct secret key;
};

struct targets {
	struct target target[TARGET_MAX];
	size_t count;
	bool by_hand;   /* no crypttab: not in an initramfs, the anchor's targets by their UUIDs */
	bool cryptopts; /* cryptopts= on the command line replaces the crypttab */
	size_t others;  /* entries outside the anchor that are still locked: cryptroot will ask for them */
};

/*
 * The crypttab of the initrd, or what cryptopts= puts in its place. -ENOENT when there is none at all: not an
 * initramfs.
 */
int targets_read_crypttab(const struct options *o, struct error *err, struct crypttab *ret,
			  bool *ret_cryptopts);

/* Those given on the command line; count 0: all. */
struct names {
	int count;
	char *const *name;
};

#define TARGETS_NONE ((struct targets){ .count = 0 })

/*
 * Which volumes, and from which device: the entries of cryptsetup-initramfs' crypttab or of cryptopts= that
 * the anchor names. With names, only those. -EINVAL for a name that is not in the anchor; -EBADMSG for a
 * damaged crypttab.
 */
int targets_collect(const struct options *o, const struct anchor *a, const struct names *names,
		    struct error *err, struct targets *ret);

/*
 * For a command that a person runs: reads the anchor, collects, waits for the devices, prints failures. *ret
 * borrows from the anchor.
 */
enum unlock_exit targets_begin(const struct options *o, int count, char *const *names,
			       struct anchor *ret_anchor, struct targets *ret);

/*
 * Polls until every waiting target has its device or the time is over; targets without a device become
 * absent.
 */
void targets_wait(struct targets *t, long timeout_ms);

/*
 * The same in local-block, whose other scripts build devices of those that there are (LVM, RAID): ends a
 * second after any other device has come or gone, so that it is their turn.
 */
void targets_wait_turn(struct targets *t, const char *sysfs, long timeout_ms);

/* Sets the outcome and its reason for every waiting target. */
void targets_settle(struct targets *t, enum outcome outcome, const struct error *why);

size_t targets_count(const struct targets *t, enum outcome outcome);

/* Wipes keys and closes headers; may be called twice. */
void targets_free(struct targets *t);

#endif
