/* From the paths of a forecast to the branches of a policy. */
#ifndef MACHINE_BRANCHES_H
#define MACHINE_BRANCHES_H

#include "machine/forecast.h"
#include "seal/policy.h"

/*
 * Branches of the paths, sorted by composite, so that the same boots make the same policy whatever their
 * order. Ids are taken from the paths' keys. labels[i] belongs to ret[i]; borrowed from the forecast.
 */
int branches_from_forecast(const struct forecast *f, pcr_mask mask, struct branch ret[static BRANCH_MAX],
			   const struct forecast_path *ret_path[static BRANCH_MAX]);

/* The id of a path's branch by its key, unless two of one forecast share it. */
int branch_id_of(const char *key, uint32_t *ret);

#endif
