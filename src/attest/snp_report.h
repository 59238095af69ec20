/*
 * The attestation report of AMD SEV-SNP: "SEV Secure Nested Paging Firmware ABI Specification" (AMD 56860),
 * ATTESTATION_REPORT, versions 2, 3 and 5, signed by a VCEK. Little endian.
 */
#ifndef ATTEST_SNP_REPORT_H
#define ATTEST_SNP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "hash/certificate.h"

#define SNP_REPORT_LEN 1184
#define SNP_DATA_LEN 64
#define SNP_CHIP_LEN 64
#define SNP_TCB_LEN 8
#define SNP_MEASUREMENT_LEN 48

/* Security versions of the firmware's parts, as Milan and Genoa order them in the 8 bytes. */
struct snp_tcb {
	uint8_t boot_loader, tee, snp, microcode;
};

struct snp_report {
	uint32_t version;
	uint32_t vmpl;     /* privilege level that asked for it: 0 the highest */
	bool debug;        /* the host may read the guest's memory */
	bool migratable;   /* a migration agent may move the guest to another machine */
	uint8_t data[SNP_DATA_LEN];
	uint8_t measurement[SNP_MEASUREMENT_LEN]; /* of what the guest started with */
	struct snp_tcb reported;
	uint8_t chip[SNP_CHIP_LEN];
	bool has_cpu;      /* since version 3 */
	uint8_t family, model;
	struct reader signed_bytes; /* borrowed */
	uint8_t r[P384_LEN], s[P384_LEN]; /* big endian */
};

/* -EBADMSG: not such a report; -EOPNOTSUPP: another version, algorithm or kind of key. */
int snp_report_parse(const struct reader *bytes, struct error *err, struct snp_report *ret);

#endif
