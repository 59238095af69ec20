/*
 * Calibration: which way through the loader's menu did the boot that runs now take, and does the model
 * reproduce it?
 *
 * Every way is tried, the one that agrees longest with the log is taken. Where the boot itself changed what
 * the loader had read, the earlier state is restored first, proven by the digest in the log
 * (boot_loader.before).
 */
#ifndef MEASURE_BOOT_CALIBRATE_H
#define MEASURE_BOOT_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/log/compare.h"
#include "measure/boot/predict.h"

struct calibrated {
	bool reproduced;                /* all but inputs agree; exact when comparison.input_count is 0 too */
	struct prediction prediction;   /* of the way that fits best; empty when there is none */
	bool by_itself;                 /* nobody touched the keyboard (or it makes no difference) */
	struct comparison comparison;
	struct boot_variant before;     /* the machine as that boot found it; without memory: as it is now */
	struct error why;               /* why there is no prediction at all */
};

/* log: the SHA-256 bank's events. Fails only for lack of memory and the like: a mismatch is a result. */
int calibrate(const struct boot_facts *chain, const struct event_list *log, struct error *err,
	      struct calibrated *ret);
void calibrated_free(struct calibrated *c); /* fine twice */

#endif
