/* What an enrolment with a PIN (doc/pin.md) asks of the TPM, and whether there was one. */
#ifndef MACHINE_ENROLL_PIN_H
#define MACHINE_ENROLL_PIN_H

#include <stdbool.h>

#include "machine/enroll.h"
#include "seal/tpm.h"

/*
 * -ECANCELED where the TPM counts no wrong tries; it is said where it takes many, where some are used, or
 * where it is locked.
 */
int enroll_pin_look(struct tpm *t, const struct enroll_options *o, struct error *err);
/* Was this machine enrolled with a PIN? By the anchor. */
bool enroll_pin_is(const struct machine *m);

#endif
