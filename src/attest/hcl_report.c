#include "attest/hcl_report.h"

#include <errno.h>
#include <stdbool.h>

#include "attest/snp_report.h"
#include "attest/tdx_report.h"

#define SIGNATURE "HCLA"
#define VERSION_MAX 2
#define REQUEST_ATTESTATION 2
#define RESERVED_LEN 12
#define HARDWARE_LEN 1184
#define HEADER_LEN 32
#define CLAIMS_HEADER_LEN 20
#define CLAIMS_VERSION 1
#define CLAIMS_SHA256 1

struct header {
	struct reader signature;
	uint32_t version, size, request, status;
};

struct claims_header {
	uint32_t size, version, kind, hash, length;
};

const char *hcl_kind_name(enum hcl_kind kind)
{
	switch (kind) {
	case HCL_VBS:
		return "VBS";
	case HCL_SNP:
		return "AMD SEV-SNP";
	case HCL_TVM:
		return "Trusted Launch";
	case HCL_TDX:
		return "Intel TDX";
	}
	return "unknown";
}

static bool is_zero(const struct reader *r)
{
	for (size_t i = 0; i < r->left; i++)
		if (r->at[i] != 0)
			return false;
	return true;
}

static int take_header(struct reader *r, struct error *err, struct header *ret)
{
	struct reader reserved;

	if (!reader_take(r, sizeof(SIGNATURE) - 1, &ret->signature) || !reader_le32(r, &ret->version) ||
	    !reader_le32(r, &ret->size) || !reader_le32(r, &ret->request) || !reader_le32(r, &ret->status) ||
	    !reader_take(r, RESERVED_LEN, &reserved))
		return error_set(err, -EBADMSG, "it ends within its first header");
	if (!reader_equals(&ret->signature, SIGNATURE))
		return error_set(err, -EBADMSG, "it does not begin with '" SIGNATURE "'");
	if (ret->version == 0 || ret->version > VERSION_MAX)
		return error_set(err, -EOPNOTSUPP, "its version is %u; known are 1 to %u", ret->version,
				 VERSION_MAX);
	if (ret->request != REQUEST_ATTESTATION)
		return error_set(err, -EBADMSG,
				 "it is an answer to request %u, not to one for attestation (%u)",
				 ret->request, REQUEST_ATTESTATION);
	if (ret->status != 0)
		return error_set(err, -EBADMSG, "the paravisor says that it failed, with status %u",
				 ret->status);
	if (!is_zero(&reserved))
		return error_set(err, -EBADMSG, "reserved bytes of its first header are not zero");
	return 0;
}

static int take_claims(struct reader *r, const struct header *h, struct error *err, struct hcl_report *ret)
{
	struct claims_header c;

	if (!reader_le32(r, &c.size) || !reader_le32(r, &c.version) || !reader_le32(r, &c.kind) ||
	    !reader_le32(r, &c.hash) || !reader_le32(r, &c.length) || !reader_take(r, c.length, &ret->claims))
		return error_set(err, -EBADMSG, "it ends within its claims");
	if (c.version != CLAIMS_VERSION)
		return error_set(err, -EOPNOTSUPP, "the version of its claims is %u; known is %u", c.version,
				 CLAIMS_VERSION);
	if (c.kind < HCL_VBS || c.kind > HCL_TDX)
		return error_set(err, -EOPNOTSUPP, "its kind is %u, which is not known", c.kind);
	if (c.hash != CLAIMS_SHA256)
		return error_set(err, -EOPNOTSUPP,
				 "the hash over its claims has number %u; known is %u (SHA-256)", c.hash,
				 CLAIMS_SHA256);
	if (c.size != (uint64_t)CLAIMS_HEADER_LEN + c.length ||
	    h->size != (uint64_t)HEADER_LEN + HARDWARE_LEN + c.size)
		return error_set(err, -EBADMSG, "the sizes in its headers contradict each other");
	if (!is_zero(r))
		return error_set(err, -EBADMSG, "something is behind its claims");
	ret->kind = (enum hcl_kind)c.kind;
	return 0;
}

/* The room is as large as the largest report; what a smaller one leaves is zero. */
static int cut_hardware(struct hcl_report *report, struct error *err)
{
	struct reader rest = report->hardware;
	size_t n = report->kind == HCL_TDX ? TDX_REPORT_LEN : SNP_REPORT_LEN;

	if (report->kind != HCL_SNP && report->kind != HCL_TDX)
		return 0;
	reader_take(&rest, n, &report->hardware);
	return is_zero(&rest) ? 0
			      : error_set(err, -EBADMSG, "something is behind its report of the hardware");
}

int hcl_report_parse(const struct reader *bytes, struct error *err, struct hcl_report *ret)
{
	struct hcl_report report = { .kind = HCL_VBS };
	struct reader r = *bytes;
	struct header h;
	int e;

	if (bytes->left > HCL_REPORT_MAX_LEN)
		return error_set(err, -EBADMSG, "it is larger than %u bytes", HCL_REPORT_MAX_LEN);
	e = take_header(&r, err, &h);
	if (e == 0 && !reader_take(&r, HARDWARE_LEN, &report.hardware))
		e = error_set(err, -EBADMSG, "it ends within its report of the hardware");
	if (e == 0)
		e = take_claims(&r, &h, err, &report);
	if (e == 0)
		e = cut_hardware(&report, err);
	if (e == 0)
		*ret = report;
	return e;
}
