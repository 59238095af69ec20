#include "attest/snp_report.h"

#include <errno.h>
#include <string.h>

#define AT_POLICY 0x008
#define AT_VMPL 0x030
#define AT_ALGORITHM 0x034
#define AT_FLAGS 0x048
#define AT_DATA 0x050
#define AT_MEASUREMENT 0x090
#define AT_REPORTED_TCB 0x180
#define AT_CPU 0x188
#define AT_CHIP 0x1a0
#define AT_SIGNATURE 0x2a0
#define NUMBER_LEN 72 /* bytes of r and of s, of which 48 are used */

#define POLICY_MIGRATE_MA (UINT64_C(1) << 18)
#define POLICY_DEBUG (UINT64_C(1) << 19)
#define ECDSA_P384_SHA384 1
#define FLAGS_SIGNING_KEY(flags) ((flags) >> 2 & 7)
#define SIGNED_BY_VCEK 0
#define SIGNED_BY_VLEK 1
#define VMPL_MAX 3

static struct reader from(const struct reader *bytes, size_t offset)
{
	return reader_new(bytes->at + offset, bytes->left - offset);
}

static uint32_t word(const struct reader *bytes, size_t offset)
{
	struct reader r = from(bytes, offset);
	uint32_t v = 0;

	reader_le32(&r, &v);
	return v;
}

static void copy(const struct reader *bytes, size_t offset, void *ret, size_t n)
{
	memcpy(ret, bytes->at + offset, n);
}

/* From little endian; false when it is larger than the curve's order can be. */
static bool take_number(const struct reader *bytes, size_t offset, uint8_t ret[static P384_LEN])
{
	const uint8_t *at = bytes->at + offset;

	for (size_t i = P384_LEN; i < NUMBER_LEN; i++)
		if (at[i] != 0)
			return false;
	for (size_t i = 0; i < P384_LEN; i++)
		ret[i] = at[P384_LEN - 1 - i];
	return true;
}

static int take_signature(const struct reader *bytes, struct error *err, struct snp_report *ret)
{
	uint32_t key = FLAGS_SIGNING_KEY(word(bytes, AT_FLAGS));
	bool rest = false;

	if (word(bytes, AT_ALGORITHM) != ECDSA_P384_SHA384)
		return error_set(
			err, -EOPNOTSUPP,
			"the report is signed with algorithm %u; known is %u (ECDSA P-384 with SHA-384)",
			word(bytes, AT_ALGORITHM), ECDSA_P384_SHA384);
	if (key == SIGNED_BY_VLEK)
		return error_set(
			err, -EOPNOTSUPP,
			"the report is signed by a VLEK, a key that AMD lends to the host's owner; only "
			"reports that the CPU's own key signed (VCEK) are checked");
	if (key != SIGNED_BY_VCEK)
		return error_set(err, -EOPNOTSUPP, "the report is signed by a key of kind %u, or by none",
				 key);
	for (size_t i = AT_SIGNATURE + (size_t)2 * NUMBER_LEN; i < SNP_REPORT_LEN; i++)
		rest = rest || bytes->at[i] != 0;
	if (rest || !take_number(bytes, AT_SIGNATURE, ret->r) ||
	    !take_number(bytes, AT_SIGNATURE + NUMBER_LEN, ret->s))
		return error_set(err, -EBADMSG, "the report's signature has bytes where zeros belong");
	ret->signed_bytes = reader_new(bytes->at, AT_SIGNATURE);
	return 0;
}

int snp_report_parse(const struct reader *bytes, struct error *err, struct snp_report *ret)
{
	struct snp_report report = { .version = 0 };
	struct reader policy;
	uint64_t bits = 0;
	int r;

	if (bytes->left != SNP_REPORT_LEN)
		return error_set(err, -EBADMSG, "the report of the hardware has %zu bytes instead of %u",
				 bytes->left, SNP_REPORT_LEN);
	report.version = word(bytes, 0);
	if (report.version != 2 && report.version != 3 && report.version != 5)
		return error_set(err, -EOPNOTSUPP, "the report's version is %u; known are 2, 3 and 5",
				 report.version);
	policy = from(bytes, AT_POLICY);
	reader_le64(&policy, &bits);
	report.debug = bits & POLICY_DEBUG;
	report.migratable = bits & POLICY_MIGRATE_MA;
	report.vmpl = word(bytes, AT_VMPL);
	if (report.vmpl > VMPL_MAX)
		return error_set(err, -EBADMSG, "the report is of VMPL %u, which there is not", report.vmpl);
	copy(bytes, AT_DATA, report.data, sizeof(report.data));
	copy(bytes, AT_MEASUREMENT, report.measurement, sizeof(report.measurement));
	copy(bytes, AT_CHIP, report.chip, sizeof(report.chip));
	report.reported = (struct snp_tcb){ .boot_loader = bytes->at[AT_REPORTED_TCB],
					    .tee = bytes->at[AT_REPORTED_TCB + 1],
					    .snp = bytes->at[AT_REPORTED_TCB + 6],
					    .microcode = bytes->at[AT_REPORTED_TCB + 7] };
	report.has_cpu = report.version >= 3;
	if (report.has_cpu) {
		report.family = bytes->at[AT_CPU];
		report.model = bytes->at[AT_CPU + 1];
	}
	r = take_signature(bytes, err, &report);
	if (r == 0)
		*ret = report;
	return r;
}
