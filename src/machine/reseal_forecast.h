/* What a reseal will seal, of files that do not change meanwhile: for reseal.c. */
#ifndef MACHINE_RESEAL_FORECAST_H
#define MACHINE_RESEAL_FORECAST_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/reseal.h"
#include "machine/transaction.h"
#include "seal/policy.h"
#include "seal/tpm.h"

/* What it is made from, all of it borrowed. */
struct reseal_basis {
	const struct machine *machine;
	const struct enrolled *enrolled;
	struct tpm *tpm;
	pcr_mask mask; /* of the policy */
	enum trust_mode trust;
	bool enrolling, dry_run; /* as in struct reseal_options */
};

/*
 * Makes the inputs durable (not in a dry run), calibrates and forecasts, up to three times while files
 * change; then leaves out what may not be sealed and what has no room. Fills calibration, forecast,
 * obstacles, partly and default_covered of the report as far as it went, on errors too:
 * reseal_report_free() frees them.
 *
 * -ESTALE: the files kept changing; -ECANCELED: refused, or no boot path is left (err says why); others as
 * the layers below.
 */
int reseal_forecast(const struct reseal_basis *b, struct error *err, struct reseal_report *report);

#endif
