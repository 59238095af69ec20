/* What a reseal may not seal: for reseal.c. */
#ifndef MACHINE_RESEAL_UNKNOWN_H
#define MACHINE_RESEAL_UNKNOWN_H

#include "base/error.h"
#include "machine/forecast.h"
#include "machine/transaction.h"
#include "seal/policy.h"
#include "seal/tpm.h"

/*
 * Files are not all that is measured: Secure Boot's variables and what the firmware started before the boot
 * loader are taken from this very boot. After one that the TPM did not open the new policy is a part of the
 * old one: the paths of f that are not sealed now become refused ones. 0 or negative errno.
 */
int reseal_refuse_unknown(const struct enrolled *enrolled, pcr_mask mask, struct tpm *tpm, struct error *err,
			  struct forecast *f);
/*
 * held: the PCRs of the policy. -ECANCELED when this chain needs more: Secure Boot was turned off since, and
 * an administrator means to accept that.
 */
int reseal_require_pcrs(pcr_mask held, const struct chain *chain, struct error *err);

#endif
