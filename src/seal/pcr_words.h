/* PCRs in words. */
#ifndef SEAL_PCR_WORDS_H
#define SEAL_PCR_WORDS_H

#include <stdint.h>

#include "base/error.h"

/*
 * What a PCR holds on a PC with UEFI (TCG PC Client Platform Firmware Profile, 3.3.4; for 8 and 9 what
 * boot loaders measure, for 14 what shim does). Never NULL.
 */
const char *pcr_words(unsigned int pcr);

/* Of a policy that selects PCR 0 and 2, too. */
#define PCR_WORDS_FIRMWARE                                                                              \
	"the policy also holds PCR 0 and 2, because with Secure Boot off nothing else covers option ROMs " \
	"and drivers of the firmware: after an update of the firmware, or with another plug-in card, it "  \
	"asks for the passphrase once, until 'bootseal reseal --accept-current'"

/*
 * "PCR 8 (...) and PCR 9 (...) differ from every sealed boot path"; without a PCR: that the PCRs differ from
 * all of them.
 */
void pcr_words_differing(uint32_t differing, struct error *ret);

#endif
