/* The verdict on the boot that runs now: does the model of the chain reproduce its event log? */
#ifndef MACHINE_CHAIN_CALIBRATION_H
#define MACHINE_CHAIN_CALIBRATION_H

#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"

/*
 * The verdict on this boot. A verdict recorded earlier in it is returned as it is, unless `again`; else it is
 * made, and recorded when `record`. pcrs: what the TPM holds (PCR 15 does not matter), NULL: not compared. A
 * mismatch is a verdict, not an error. -EBADMSG: the log does not replay to the TPM's values; other errors:
 * no verdict could be made.
 */
int chain_calibrate(struct chain *c, const uint8_t (*pcrs)[SHA256_LEN], bool again, bool record, struct error *err,
		    struct calibration *ret);

#endif
