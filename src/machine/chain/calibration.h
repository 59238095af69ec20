/* The verdict on the boot that runs now: does the model of the chain reproduce its event log? */
#ifndef MACHINE_CHAIN_CALIBRATION_H
#define MACHINE_CHAIN_CALIBRATION_H

#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"

struct calibrate_options {
	/* what the TPM holds (PCR 15 does not matter); NULL: not compared */
	const uint8_t (*pcrs)[SHA256_LEN];
	/* make a new verdict even if one was recorded earlier in this boot */
	bool again;
	bool record;			   /* save a verdict that was made */
};

/*
 * The verdict on this boot: the one recorded earlier in it, or a new one. A mismatch is a verdict, not an
 * error. -EBADMSG: the log does not replay to the TPM's values; other errors: no verdict could be made.
 */
int chain_calibrate(struct chain *c, const struct calibrate_options *o, struct error *err,
		    struct calibration *ret);

#endif
