/* Removing an enrolment. */
#ifndef MACHINE_REMOVE_H
#define MACHINE_REMOVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/volume.h"

/*
 * Removes every token of ours from the header, damaged ones included, and the keyslots that they name but for
 * `keep` (-1: none is kept). After an interruption the next run removes the rest (pending.h).
 */
int enroll_forget_volume(const struct machine *m, struct volume *v, int keep, struct error *err);

struct remove_report {
	size_t volumes;      /* whose token and keyslot were removed */
	bool index_left;     /* the TPM did not let us undefine the index */
	/* update-initramfs failed: the initrds still hold the anchor, which is harmless */
	bool initrds_failed;
};

/*
 * Removes everything that enroll made: tokens, keyslots, index, anchor, authority key, state; the initrds are
 * rebuilt. -ECANCELED when a volume would be left without any keyslot. Missing parts are no error.
 */
int enroll_remove(const struct machine *m, const char *tcti, struct error *err, struct remove_report *ret);

#endif
