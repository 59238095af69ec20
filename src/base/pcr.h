/*
 * PCRs as all rooms count them: the 24 of a TPM 2.0 of the PC Client profile, SHA-256 bank.
 */
#ifndef BASE_PCR_H
#define BASE_PCR_H

#include <stdint.h>

#define PCR_COUNT 24
#define WINDOW_PCR 15 /* the one that bootseal-unlock extends to close the window (doc/design.md, 5) */

/* A selection: bit n is PCR n. */
typedef uint32_t pcr_mask;

#define PCR(n) ((pcr_mask)1 << (n))
#define PCR_ALL ((PCR(PCR_COUNT - 1) << 1) - 1)

#endif
