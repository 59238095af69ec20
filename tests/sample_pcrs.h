/* PCRs of a policy for the tests of what seals and unlocks, to which one selection is as good as another. */
#ifndef TESTS_SAMPLE_PCRS_H
#define TESTS_SAMPLE_PCRS_H

#include "base/pcr.h"

#define SAMPLE_PCRS (PCR(4) | PCR(7) | PCR(8) | PCR(9) | PCR(14) | PCR(WINDOW_PCR))

#endif
