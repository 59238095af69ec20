/* Is this boot what the firmware's boot order leads to? For forecast.c. */
#ifndef MACHINE_FORECAST_ORDER_H
#define MACHINE_FORECAST_ORDER_H

#include "machine/forecast.h"

/*
 * Warns where more boot options come before ours than failed in this boot: it was chosen in the firmware's
 * menu or by BootNext, and the next boot may differ. failed: in this boot; covered: whether the policy would
 * cover a boot in which `before` of them fail.
 */
int forecast_warn_order(const struct machine *m, unsigned failed,
			bool (*covered)(const struct attempts *seen, unsigned before), struct forecast *f);

#endif
