/* The boot chain of a machine of machine_sample.h, loaded and calibrated. */
#ifndef TESTS_MACHINE_CHAIN_H
#define TESTS_MACHINE_CHAIN_H

#include "machine/chain/calibration.h"
#include "machine_sample.h"

struct chain *loaded(const struct tree *t);
/* again, record: as in struct calibrate_options. */
void calibrated(const struct tree *t, bool again, bool record, struct calibration *ret);

#endif
