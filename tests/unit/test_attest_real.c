/*
 * Reports, certificates and quotes of real Confidential VMs: read from ../shared/vectors/azure (or
 * BOOTSEAL_SHARED) where that is there; its README says which must pass. test_attest.c is the same with keys
 * of our own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attest/attest.h"
#include "attest_sample.h"
#include "base/file.h"
#include "base/text.h"
#include "seal/json.h"
#include "shared.h"

#define NOW INT64_C(1795910400) /* 2026-11-29 */
#define FILE_MAX_LEN 65536

struct real {
	struct buffer report, quote, signature;
	struct certificate *certificate[AMD_CERTIFICATES_MAX];
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct attest_evidence evidence;
	struct attest_options options;
	struct attest_result result;
};

#define VECTORS "vectors/azure"

static void read_file(const char *name, struct buffer *ret)
{
	char path[400];

	snprintf(path, sizeof(path), VECTORS "/%s", name);
	assert_int_equal(file_read(shared_path(path), FILE_MAX_LEN, NULL, ret), 0);
}

static void add_certificates(struct real *v, const char *name)
{
	struct buffer b = BUFFER_NONE;
	struct reader text;
	size_t *n = &v->evidence.certificate_count, more;

	read_file(name, &b);
	text = reader_new(b.data, b.len);
	assert_int_equal(
		certificates_read(&text, AMD_CERTIFICATES_MAX - *n, NULL, &v->certificate[*n], &more), 0);
	*n += more;
	buffer_free(&b);
}

static void unhex(const char *text, struct buffer *ret)
{
	size_t n = strlen(text) / 2;
	uint8_t *bytes = malloc(n + 1);

	assert_non_null(bytes);
	assert_int_equal(text_unhex(text, 2 * n, bytes, n), 0);
	buffer_add(ret, bytes, n);
	free(bytes);
}

/* Signature, message and PCRs as the verifier that published them has them. */
static void read_quote(struct real *v, const char *name)
{
	struct buffer text = BUFFER_NONE;
	struct json_object *o, *pcrs;
	const char *hex;
	size_t n;

	read_file(name, &text);
	assert_int_equal(json_read(buffer_str(&text), text.len, NULL, &o), 0);
	unhex(json_member_word(o, "signature", 2048), &v->signature);
	unhex(json_member_word(o, "message", 2048), &v->quote);
	assert_true(json_member_array(o, "pcrs", PCR_COUNT, &pcrs, &n));
	for (size_t i = 0; i < n; i++) {
		hex = json_word(json_list_at(pcrs, i), 64);
		assert_int_equal(text_unhex(hex, strlen(hex), v->pcrs[i], SHA256_LEN), 0);
	}
	json_free(o);
	buffer_free(&text);
	v->evidence.quote = reader_new(v->quote.data, v->quote.len);
	v->evidence.quote_signature = reader_new(v->signature.data, v->signature.len);
	v->evidence.pcrs = (const uint8_t(*)[SHA256_LEN])v->pcrs;
}

static int setup(void **state)
{
	struct real *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	v->evidence.certificate = v->certificate;
	v->options = (struct attest_options){ .now = NOW, .only_report = true };
	*state = v;
	return 0;
}

static int teardown(void **state)
{
	struct real *v = *state;

	for (size_t i = 0; i < v->evidence.certificate_count; i++)
		certificate_free(v->certificate[i]);
	buffer_free(&v->report);
	buffer_free(&v->quote);
	buffer_free(&v->signature);
	free(v);
	return 0;
}

static void read_report(struct real *v, const char *name)
{
	read_file(name, &v->report);
	v->evidence.report = reader_new(v->report.data, v->report.len);
}

static enum attest_verdict judge(struct real *v)
{
	attest_judge(&v->evidence, &v->options, &v->result);
	return attest_conclusion(&v->result);
}

static void passes(struct real *v, const char *line)
{
	if (judge(v) != ATTEST_PASSED)
		for (size_t i = 0; i < v->result.n; i++)
			if (v->result.check[i].verdict == ATTEST_FAILED ||
			    v->result.check[i].verdict == ATTEST_NOT_CHECKED)
				fail_msg("%s: %s", v->result.check[i].name, v->result.check[i].text);
	assert_string_equal(v->result.line->name, line);
}

/* Everything between the first and the last byte of a header, a report or claims is looked at. */
static void each_byte_counts(struct real *v)
{
	const struct reader claims = v->evidence.report;
	size_t n = 0x4d4 + (claims.at[0x4d0] | (size_t)claims.at[0x4d1] << 8);

	for (size_t i = 0; i < n; i++) {
		v->report.data[i] ^= 0x20;
		if (judge(v) != ATTEST_FAILED)
			fail_msg("byte %zu", i);
		v->report.data[i] ^= 0x20;
	}
}

static void milan(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/trustee-snp-evidence-v0.hcl.bin");
	add_certificates(v, "hcl/trustee-snp-evidence-v0.vcek.pem");
	add_certificates(v, "certs/amd-ask_ark_milan.pem");
	read_quote(v, "hcl/trustee-snp-quote-v0.tpmquote.json");
	passes(v, "Milan");
	attest_expect(&v->result, "PCRs", ATTEST_PASSED, "of these values");
	assert_string_equal(v->result.claims.vm_id, "26F8BC30-774E-4290-8E7A-535F3B672AEE");
	each_byte_counts(v);
}

static void milan_der(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/trustee-snp-evidence-v2.hcl.bin");
	add_certificates(v, "hcl/trustee-snp-evidence-v2.vcek.der");
	assert_int_equal(judge(v), ATTEST_NOT_CHECKED);
	add_certificates(v, "certs/amd-ask_ark_milan.pem");
	read_quote(v, "hcl/trustee-snp-quote-v2.tpmquote.json");
	passes(v, "Milan");
}

static void genoa(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/trustee-snp-evidence-genoa.hcl.bin");
	add_certificates(v, "certs/amd-ask_ark_genoa.pem");
	add_certificates(v, "hcl/trustee-snp-evidence-genoa.vcek.pem");
	read_quote(v, "hcl/trustee-snp-quote-genoa.tpmquote.json");
	passes(v, "Genoa");
	each_byte_counts(v);
}

/* Version 2 of AMD's report; the file has the whole chain, and one time more is no harm. */
static void version_2(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/trustee-snp-hcl-report.bin");
	add_certificates(v, "hcl/trustee-snp-vcek.pem");
	add_certificates(v, "certs/amd-ask_ark_milan.pem");
	passes(v, "Milan");
}

static void another_chips_key(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/kinvolk-hcl-report-snp.bin");
	add_certificates(v, "certs/kinvolk-vcek-chain-milan.pem");
	assert_int_equal(judge(v), ATTEST_FAILED);
	attest_expect(&v->result, "certificates", ATTEST_PASSED, "Milan");
	attest_expect(&v->result, "claims", ATTEST_PASSED, "");
	attest_expect(&v->result, "CPU", ATTEST_FAILED, "of another CPU than the certificate");
	attest_expect(&v->result, "signature", ATTEST_FAILED, "did not sign");
}

/* The CPU's report alone, without the paravisor's: signed by its certificate. */
static void report_of_the_cpu(void **state)
{
	struct real *v = *state;
	struct snp_report snp;
	struct amd_chain chain;

	read_report(v, "hcl/gosev-attestation-milan.bin");
	add_certificates(v, "certs/gosev-vcek-milan.der");
	add_certificates(v, "certs/amd-ask_ark_milan.pem");
	assert_int_equal(judge(v), ATTEST_FAILED);
	attest_expect(&v->result, "report", ATTEST_FAILED, "does not begin with 'HCLA'");
	assert_int_equal(snp_report_parse(&v->evidence.report, NULL, &snp), 0);
	assert_int_equal(
		amd_chain_find(v->certificate, v->evidence.certificate_count, amd_lines, NOW, NULL, &chain),
		0);
	assert_int_equal(amd_vcek_matches(&chain, &snp, NULL), 0);
	assert_true(certificate_signed_p384(chain.vcek, &snp.signed_bytes, snp.r, snp.s));
	snp.r[47] ^= 1;
	assert_false(certificate_signed_p384(chain.vcek, &snp.signed_bytes, snp.r, snp.s));
}

/*
 * Certificates of one line do not fit a CPU of the other; a report from 2025 is not judged by dates of 1999.
 */
static void wrong_line_and_time(void **state)
{
	struct real *v = *state;

	read_report(v, "hcl/trustee-snp-evidence-genoa.hcl.bin");
	add_certificates(v, "hcl/trustee-snp-evidence-v0.vcek.pem");
	add_certificates(v, "certs/amd-ask_ark_milan.pem");
	add_certificates(v, "certs/amd-ask_ark_genoa.pem");
	assert_int_equal(judge(v), ATTEST_FAILED);
	attest_expect(&v->result, "CPU", ATTEST_FAILED, "of another CPU");
	v->options.now = 900000000;
	assert_int_equal(judge(v), ATTEST_FAILED);
	attest_expect(&v->result, "certificates", ATTEST_FAILED, "not valid yet");
}

static void turin(void **state)
{
	struct amd_chain chain = { .line = NULL };
	struct real *v = *state;
	uint8_t key[SHA256_LEN];

	add_certificates(v, "certs/amd-ask_ark_turin_vcek.pem");
	assert_int_equal(certificate_key_digest(v->certificate[1], key), 0);
	assert_memory_equal(key, amd_lines[2].ark, sizeof(key));
	assert_true(amd_lines[2].unsupported);
	assert_int_equal(amd_chain_find(v->certificate, 2, amd_lines, NOW, NULL, &chain), -ENOENT);
}

static void tdx(void **state)
{
	static const struct {
		const char *report, *quote;
	} files[] = {
		{ "hcl/trustee-tdx-evidence-v0.hcl.bin", "hcl/trustee-tdx-quote-v0.tpmquote.json" },
		{ "hcl/trustee-tdx-hcl-report.bin", NULL },
		{ "hcl/kinvolk-hcl-report-tdx.bin", NULL },
		{ "hcl/msft-snp_hcl_report.bin", NULL },
	};
	struct real *v = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		buffer_free(&v->report);
		read_report(v, files[i].report);
		v->evidence.quote = reader_new(NULL, 0);
		if (files[i].quote)
			read_quote(v, files[i].quote);
		assert_int_equal(judge(v), ATTEST_NOT_CHECKED);
		attest_expect(&v->result, "report", ATTEST_PASSED, "Intel TDX");
		attest_expect(&v->result, "claims", ATTEST_PASSED, "");
		attest_expect(&v->result, "debugging", ATTEST_PASSED, "off");
		attest_expect(&v->result, "signature", ATTEST_NOT_CHECKED, "hardware signature not checked");
		attest_expect(&v->result, "quote", files[i].quote ? ATTEST_PASSED : ATTEST_NOT_ASKED, "");
	}
	v->report.data[32 + 512] |= 1; /* debug */
	assert_int_equal(judge(v), ATTEST_FAILED);
	attest_expect(&v->result, "report", ATTEST_FAILED, "not what its hash is of");
}

/* What is in the tree: three lines of CPUs, of which Turin's reports are refused. */
static void known_roots(void **state)
{
	static const uint8_t none[SHA256_LEN] = { 0 };
	size_t n = 0;

	for (; amd_lines[n].name; n++) {
		assert_memory_not_equal(amd_lines[n].ark, none, sizeof(none));
		for (size_t i = 0; i < n; i++)
			assert_memory_not_equal(amd_lines[n].ark, amd_lines[i].ark, SHA256_LEN);
		assert_int_equal(amd_lines[n].unsupported, strcmp(amd_lines[n].name, "Turin") == 0);
	}
	assert_int_equal(n, 3);
}

#define real_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(known_roots),
		real_test(milan),
		real_test(milan_der),
		real_test(genoa),
		real_test(version_2),
		real_test(another_chips_key),
		real_test(report_of_the_cpu),
		real_test(wrong_line_and_time),
		real_test(turin),
		real_test(tdx),
	};
	size_t n = sizeof(tests) / sizeof(tests[0]);

	if (!file_exists(shared_path(VECTORS))) {
		tests[1] = (struct CMUnitTest)cmocka_unit_test_prestate(shared_is_missing, VECTORS);
		n = 2;
	}
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return _cmocka_run_group_tests("attest_real", tests, n, NULL, NULL);
}
