/* Removing an enrolment. */
#ifndef MACHINE_REMOVE_H
#define MACHINE_REMOVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/late.h"
#include "machine/system/machine.h"
#include "seal/volume.h"

/*
 * Removes every token of ours from the header, damaged ones included, and the keyslots that they name but for
 * `keep` (-1: none is kept). After an interruption the next run removes the rest
 * (machine/record/pending.h).
 */
int enroll_forget_volume(const struct machine *m, struct volume *v, int keep, struct error *err);

struct remove_report {
	size_t volumes;      /* whose token, keyslot or both were removed */
	bool files;          /* authority key, anchor, state, or some of them */
	bool recovery_key; /* there is one: it stays */
	bool index_removed;
	bool index_left;
	struct error index_why; /* why: what the TPM said, or that its index is another one */
	/* update-initramfs failed: the initrds still hold the anchor, which is harmless */
	bool initrds_failed;
	struct late_removed late; /* of volumes beside the root */
	bool menu_restored; /* it starts Linux without an initrd again */
	struct error menu_why; /* why it could not be written; empty: it was, or did not have to be */
};

/*
 * Removes everything that enroll made, or that an enrolment left which was not finished: tokens, keyslots,
 * index, anchor, authority key, state; the initrds are rebuilt, and a menu that was made to start them is put
 * back. -ECANCELED when a volume would be left without any keyslot. Missing parts are no error; -ENODATA when
 * there is nothing at all, naming an index in the TPM that looks like ours but that nothing on this system
 * goes with.
 */
int enroll_remove(const struct machine *m, const char *tcti, struct error *err, struct remove_report *ret);

#endif
