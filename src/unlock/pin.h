/*
 * The PIN beside the TPM (doc/pin.md): this program asks nobody. `open` leaves the question in the run
 * directory, in a boot only that has passed all checks, and ends with the window open; the boot script asks,
 * and gives the answer to `open --pin`, which checks again.
 */
#ifndef UNLOCK_PIN_H
#define UNLOCK_PIN_H

#include <stdbool.h>

#include "base/error.h"
#include "seal/tpm_unseal.h"
#include "unlock/run.h"

#define PIN_TRIES 3 /* in one boot; the TPM counts for itself */

/* With --pin: what is on standard input, before anything else, since a person types meanwhile. */
void pin_read(struct run *run);
/*
 * Called when the boot is known to be a sealed one. Judges the PIN that was read, or sees that it has to be
 * asked for. Targets that nothing can be done for are settled. True: there is nothing more to do than ask.
 */
bool pin_begin(struct run *run);
/* The key of a target with a PIN. -ENOKEY: a wrong PIN; -EBUSY: the TPM is locked. */
int pin_unseal(struct run *run, struct target *t, struct unseal_request *q, struct error *err);
/* After the keys were asked for. True: all that is missing is a right PIN, and there are more tries. */
bool pin_again(struct run *run);
/* Leaves the question of run->pin.prompt for the boot script. */
int pin_leave_question(struct run *run, struct error *err);
/* Fine twice. */
void pin_free(struct run *run);

#endif
