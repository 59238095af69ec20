#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/attest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool within(const struct reader *part, const struct reader *whole)
{
	return part->left == 0 || (part->at >= whole->at && part->at + part->left <= whole->at + whole->left);
}

/* A report, unsigned as any that a fuzzer makes: nothing of it may be taken as proven. */
static void report(const struct reader *bytes)
{
	const struct attest_evidence e = { .report = *bytes };
	const struct attest_options o = { .now = 1, .only_report = true };
	struct attest_result result;
	struct hcl_report hcl;

	attest_judge(&e, &o, &result);
	if (attest_conclusion(&result) == ATTEST_PASSED)
		abort();
	if (hcl_report_parse(bytes, NULL, &hcl) == 0 &&
	    (!within(&hcl.claims, bytes) || !within(&hcl.hardware, bytes)))
		abort();
}

static void statement(const struct reader *bytes)
{
	struct statement s;

	if (statement_parse(bytes, NULL, &s) == 0 &&
	    (!within(&s.nonce, bytes) || !within(&s.pcr_digest, bytes) || !within(&s.name, bytes)))
		abort();
}

static void certificates(const struct reader *text)
{
	struct certificate *c[AMD_CERTIFICATES_MAX];
	struct snp_report report = { .version = 0 };
	struct amd_chain chain = { .line = amd_lines };
	size_t n;

	if (certificates_read(text, AMD_CERTIFICATES_MAX, NULL, c, &n) < 0)
		return;
	if (n == 0 || amd_chain_find(c, n, amd_lines, 1, NULL, &chain) == 0)
		abort();
	chain.vcek = c[0];
	amd_vcek_matches(&chain, &report, NULL);
	for (size_t i = 0; i < n; i++)
		certificate_free(c[i]);
}

/* The first byte says what the others are: a report, something that a TPM signed, certificates. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader rest;

	if (n == 0)
		return 0;
	rest = reader_new(data + 1, n - 1);
	if (data[0] == 'r')
		report(&rest);
	else if (data[0] == 's')
		statement(&rest);
	else if (data[0] == 'c')
		certificates(&rest);
	return 0;
}
