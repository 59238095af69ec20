/* Names of event types, and lists of PCRs as people write them. */
#ifndef MEASURE_LOG_PCR_NAMES_H
#define MEASURE_LOG_PCR_NAMES_H

#include <stdint.h>

#include "base/error.h"
#include "base/pcr.h"

/* "EV_SEPARATOR"; NULL for an unknown type. */
const char *pcr_event_name(uint32_t type);

/* "4,7,8-9" as a mask, bit n for PCR n; -EINVAL for anything else, a PCR above 23 or an empty list. */
int pcr_list_parse(const char *text, struct error *err, pcr_mask *ret_mask);

#endif
