/* The report of a Confidential VM: its claims, other forms and versions, and every byte of it. */
#include <stdlib.h>
#include <string.h>

#include "attest_case.h"

static void claims(void **state)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{ "{", "its claims" },
		{ "{}", "no list" },
		{ "{\"keys\":{}}", "no list" },
		{ "{\"keys\":[]}", "no key HCLAkPub" },
		{ "{\"keys\":[{\"kid\":\"HCLEkPub\"},7]}", "no key HCLAkPub" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\"}]}", "is no RSA key" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"EC\",\"e\":\"AQAB\",\"n\":\"AQAB\"}]}",
		  "is no RSA key" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AA==\"}]}",
		  "is no RSA key" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"a+/b\"}]}",
		  "is no RSA key" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQABAQAB\",\"n\":\"AQAB\"}]}",
		  "is no RSA key" },
		{ "{\"keys\":[{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"},"
		  "{\"kid\":\"HCLAkPub\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"}]}",
		  "two keys" },
		{ "{\"keys\":[],\"keys\":[]}", "its claims" },
	};
	struct attest_case *s = *state;
	struct buffer json = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		report_sample_claims(&s->report, bad[i].json);
		report_sample_sign(&keys, &s->report);
		assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
		attest_expect(&s->result, "report", ATTEST_FAILED, bad[i].words);
	}
	/* members that nobody needs may be missing, or be another thing than expected */
	claims_sample(&keys.ak_public, &json);
	json.len = (size_t)(strstr(buffer_str(&json), ",\"vm-configuration\"") - buffer_str(&json));
	buffer_add_str(&json, ",\"vm-configuration\":{\"vmUniqueId\":7},\"new\":[[{}]]}");
	report_sample_claims(&s->report, buffer_str(&json));
	report_sample_sign(&keys, &s->report);
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	assert_string_equal(s->result.claims.vm_id, "");
	assert_int_equal(s->result.claims.secure_boot, HCL_UNSAID);
	buffer_free(&json);
}

/* Other kinds and versions: refused by name. */
static void refused_by_name(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *words;
	} cases[] = {
		{ 0, 'X', "does not begin with" },
		{ 4, 3, "its version is 3; known are 1 to 2" },
		{ 4, 0, "its version is 0" },
		{ 8, 1, "contradict each other" },
		{ 12, 1, "an answer to request 1" },
		{ 16, 7, "it failed, with status 7" },
		{ 20, 1, "reserved bytes" },
		{ SAMPLE_SNP, 4, "version is 4; known are 2, 3 and 5" },
		{ SAMPLE_SNP + 0x30, 4, "VMPL 4, which there is not" },
		{ SAMPLE_SNP + 0x34, 2, "algorithm 2" },
		{ SAMPLE_SNP + 0x48, 1 << 2, "by a VLEK" },
		{ SAMPLE_SNP + 0x48, 7 << 2, "a key of kind 7, or by none" },
		{ SAMPLE_SNP + 0x2a0 + 48, 1, "zeros belong" },
		{ SAMPLE_SNP + 0x2a0 + 72 + 71, 1, "zeros belong" },
		{ SAMPLE_SNP + 1183, 1, "zeros belong" },
		{ SAMPLE_CLAIMS_HEADER + 4, 2, "the version of its claims is 2" },
		{ SAMPLE_CLAIMS_HEADER + 8, HCL_VBS, "its kind is VBS: no CPU protects" },
		{ SAMPLE_CLAIMS_HEADER + 8, HCL_TVM, "its kind is Trusted Launch: no CPU protects" },
		{ SAMPLE_CLAIMS_HEADER + 8, HCL_TDX, "is of type 0x03; known is 0x81" },
		{ SAMPLE_CLAIMS_HEADER + 8, 5, "its kind is 5" },
		{ SAMPLE_CLAIMS_HEADER + 12, 2, "has number 2; known is 1 (SHA-256)" },
		{ SAMPLE_CLAIMS_HEADER + 16, 1, "contradict each other" },
		{ SAMPLE_REPORT_LEN - 1, 1, "something is behind its claims" },
	};
	struct attest_case *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t was = s->report.bytes[cases[i].at];

		s->report.bytes[cases[i].at] = cases[i].value;
		assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
		attest_expect(&s->result, "report", ATTEST_FAILED, cases[i].words);
		s->report.bytes[cases[i].at] = was;
	}
	for (size_t n = 1; n < SAMPLE_CLAIMS + 100; n++) {
		s->evidence.report.left = n;
		assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	}
	/* earlier versions do not name the CPU */
	s->evidence.report.left = sizeof(s->report.bytes);
	attest_case_snp(s)[0] = 2;
	attest_case_snp(s)[0x188] = attest_case_snp(s)[0x189] = 0;
	report_sample_sign(&keys, &s->report);
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_case_snp(s)[0] = 5;
	report_sample_sign(&keys, &s->report);
	attest_case_fails(s, "CPU", "family 0x00");
}

/* Whatever byte of what is signed differs, something fails. */
static void each_byte(void **state)
{
	struct attest_case *s = *state;
	size_t claims_end = SAMPLE_CLAIMS + s->report.bytes[SAMPLE_CLAIMS_HEADER + 16] +
			    256u * s->report.bytes[SAMPLE_CLAIMS_HEADER + 17];

	for (size_t i = 0; i < claims_end; i++) {
		s->report.bytes[i] ^= 0x20;
		if (attest_case_judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu", i);
		s->report.bytes[i] ^= 0x20;
	}
	for (size_t i = 0; i < s->quote.bytes.len; i++) {
		s->quote.bytes.data[i] ^= 1;
		if (attest_case_judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu of the quote", i);
		s->quote.bytes.data[i] ^= 1;
	}
	for (size_t i = 0; i < s->certified.bytes.len; i++) {
		s->certified.bytes.data[i] ^= 1;
		if (attest_case_judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu of the statement about the storage key", i);
		s->certified.bytes.data[i] ^= 1;
	}
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		attest_test(claims),
		attest_test(refused_by_name),
		attest_test(each_byte),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, attest_case_make_keys, attest_case_free_keys);
}
