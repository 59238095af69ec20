/*
 * Calibration: which way through GRUB's menu did the boot that runs now take, and does the model reproduce
 * it?
 *
 * Every way is tried, the one that agrees longest with the log is taken. GRUB's environment block may have
 * been rewritten by that boot after it was measured: it is put back together first, proven by the digest in
 * the log.
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
	uint8_t *env;                   /* GRUB's environment block as that boot read it; NULL: as it is now */
	size_t env_len;
	struct error why;               /* why there is no prediction at all */
};

/* log: the SHA-256 bank's events. Fails only for lack of memory and the like: a mismatch is a result. */
int calibrate(const struct boot_facts *chain, const struct event_list *log, struct error *err,
	      struct calibrated *ret);
void calibrated_free(struct calibrated *c); /* fine twice */

#endif
