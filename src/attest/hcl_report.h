/*
 * The report that the paravisor of an Azure Confidential VM keeps in the vTPM, NV index 0x01400001: a report
 * of the hardware, and claims (JSON) whose SHA-256 is in it. Little endian; the layout is that of
 * microsoft/openvmm, vm/devices/tpm and openhcl/underhill_attestation.
 *
 *   'HCLA' | version | size | request | status | 3 reserved | hardware report, 1184 bytes |
 *   size | version | kind | hash | length | JSON | zeros
 */
#ifndef ATTEST_HCL_REPORT_H
#define ATTEST_HCL_REPORT_H

#include "base/error.h"
#include "base/reader.h"

#define HCL_REPORT_INDEX 0x01400001u
#define HCL_REPORT_MAX_LEN 8192 /* bytes; 2600 today */

enum hcl_kind {
	HCL_VBS = 1, /* no Confidential VM */
	HCL_SNP = 2, /* AMD SEV-SNP */
	HCL_TVM = 3, /* Trusted Launch */
	HCL_TDX = 4, /* Intel TDX */
};

struct hcl_report {
	enum hcl_kind kind;
	struct reader hardware; /* of HCL_SNP or HCL_TDX: the report of the CPU; borrowed, as the claims */
	struct reader claims;
};

/* -EBADMSG: damaged, or no such report; -EOPNOTSUPP: a version or hash that is not known. */
int hcl_report_parse(const struct reader *bytes, struct error *err, struct hcl_report *ret);
/* "AMD SEV-SNP", ... */
const char *hcl_kind_name(enum hcl_kind kind);

#endif
