/*
 * The local report of Intel TDX (TDREPORT_STRUCT, "Intel TDX Module Base Architecture Specification"). What
 * vouches for it is a MAC that only that CPU can check, so it is read here, and not verified.
 */
#ifndef ATTEST_TDX_REPORT_H
#define ATTEST_TDX_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

#define TDX_REPORT_LEN 1024
#define TDX_DATA_LEN 64

struct tdx_report {
	bool debug; /* the host may read the guest's memory */
	uint8_t data[TDX_DATA_LEN];
};

/* -EBADMSG: not such a report, or its parts contradict each other; -EOPNOTSUPP: another type. */
int tdx_report_parse(const struct reader *bytes, struct error *err, struct tdx_report *ret);

#endif
