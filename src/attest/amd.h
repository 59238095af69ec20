/*
 * AMD's certificates for SEV-SNP: "VCEK Certificate and KDS Interface Specification" (AMD 57230). The root
 * key of each line of CPUs (ARK) is known here; it signs an intermediate (ASK), that one each CPU's key
 * (VCEK).
 */
#ifndef ATTEST_AMD_H
#define ATTEST_AMD_H

#include "attest/snp_report.h"
#include "base/error.h"
#include "hash/certificate.h"

#define AMD_CERTIFICATES_MAX 16

/* A line of CPUs, by the key of its root. */
struct amd_line {
	const char *name; /* "Milan" */
	uint8_t ark[SHA256_LEN]; /* SHA-256 of its SubjectPublicKeyInfo */
	uint8_t family, model_first, model_last;
	bool unsupported; /* its reports have another form, which nobody has shown us */
};

/* Those that AMD has published; the last one has no name. */
extern const struct amd_line amd_lines[];

struct amd_chain {
	const struct certificate *vcek, *ask, *ark; /* borrowed */
	const struct amd_line *line;
};

/*
 * The one chain among these certificates: one VCEK, its ASK, and an ARK that lines (as amd_lines) has. now:
 * in seconds since 1970. -ENOENT: a certificate is missing; -EKEYREJECTED: they are no chain to such an ARK;
 * -EKEYEXPIRED; -EOPNOTSUPP.
 */
int amd_chain_find(struct certificate *const *c, size_t n, const struct amd_line *lines, int64_t now,
		   struct error *err, struct amd_chain *ret);

/* Is the VCEK of the chip, line and firmware that the report names? -EKEYREJECTED. */
int amd_vcek_matches(const struct amd_chain *chain, const struct snp_report *report, struct error *err);

#endif
