/*
 * The claims of an HCL report (attest/hcl_report.h): JSON that the paravisor wrote. True as far as their hash
 * is in a report of the hardware, and the paravisor is trusted. Members come and go; unknown ones are
 * skipped.
 */
#ifndef ATTEST_HCL_CLAIMS_H
#define ATTEST_HCL_CLAIMS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/reader.h"
#include "hash/rsa.h"

#define HCL_VM_ID_MAX 64

enum hcl_claim { HCL_UNSAID, HCL_NO, HCL_YES };

struct hcl_claims {
	struct rsa_public ak;      /* the vTPM's attestation key */
	char vm_id[HCL_VM_ID_MAX]; /* "" where it is not said */
	enum hcl_claim secure_boot, console, tpm_persisted;
};

/* -EBADMSG: no JSON object, or the attestation key is missing or none. */
int hcl_claims_parse(const struct reader *json, struct error *err, struct hcl_claims *ret);

#endif
