/*
 * A Confidential VM that our own root vouches for: each check passes, and each fails, with its own words, for
 * the one thing that it is there for.
 */
#include <stdlib.h>
#include <string.h>

#include "attest_sample.h"

static struct attest_keys keys;

/* A whole piece of evidence that passes; a test changes one thing of it. */
struct sample {
	struct report_sample report;
	struct statement_sample quote, certified;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct tpm_name srk;
	struct attest_evidence evidence;
	struct attest_options options;
	struct attest_result result;
};

static int make_keys(void **state)
{
	attest_keys_make(&keys);
	return 0;
}

static int free_keys(void **state)
{
	attest_keys_free(&keys);
	return 0;
}

static struct reader whole(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

static int setup(void **state)
{
	struct sample *s = calloc(1, sizeof(*s));
	const struct vcek_sample vcek = vcek_sample();

	assert_non_null(s);
	attest_keys_certify(&keys, &vcek);
	report_sample_make(&keys, &s->report);
	for (size_t i = 0; i < PCR_COUNT; i++)
		memset(s->pcrs[i], (int)i, SHA256_LEN);
	memset(s->srk.bytes, 0x5a, sizeof(s->srk.bytes));
	quote_sample(&keys, PCR(4) | PCR(23), s->pcrs, "nonce", &s->quote);
	certify_sample(&keys, &s->srk, "other nonce", &s->certified);
	s->evidence = (struct attest_evidence){
		.report = reader_new(s->report.bytes, sizeof(s->report.bytes)),
		.certificate = keys.certificate,
		.certificate_count = 3,
		.tpm_ak = &keys.ak_public,
		.quote = whole(&s->quote.bytes),
		.quote_signature = whole(&s->quote.signature),
		.quote_nonce = reader_new("nonce", 5),
		.pcrs = (const uint8_t(*)[SHA256_LEN])s->pcrs,
		.certified = whole(&s->certified.bytes),
		.certified_signature = whole(&s->certified.signature),
		.certified_nonce = reader_new("other nonce", 11),
		.srk = &s->srk,
	};
	s->options = (struct attest_options){ .now = SAMPLE_NOW, .lines = keys.lines };
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	statement_sample_free(&s->quote);
	statement_sample_free(&s->certified);
	free(s);
	return 0;
}

static enum attest_verdict judge(struct sample *s)
{
	attest_judge(&s->evidence, &s->options, &s->result);
	return attest_conclusion(&s->result);
}

/* It fails for this reason, and no other check does. */
static void fails(struct sample *s, const char *name, const char *words)
{
	assert_int_equal(judge(s), ATTEST_FAILED);
	attest_expect(&s->result, name, ATTEST_FAILED, words);
	for (size_t i = 0; i < s->result.n; i++)
		if (s->result.check[i].verdict == ATTEST_FAILED && strcmp(s->result.check[i].name, name) != 0)
			fail_msg("%s, too: %s", s->result.check[i].name, s->result.check[i].text);
}

static uint8_t *snp(struct sample *s)
{
	return s->report.bytes + SAMPLE_SNP;
}

static void passes(void **state)
{
	struct sample *s = *state;

	assert_int_equal(judge(s), ATTEST_PASSED);
	for (size_t i = 0; i < s->result.n; i++)
		if (s->result.check[i].verdict != ATTEST_PASSED &&
		    strcmp(s->result.check[i].name, "firmware") != 0)
			fail_msg("%s: %s", s->result.check[i].name, s->result.check[i].text);
	attest_expect(&s->result, "firmware", ATTEST_NOT_ASKED,
		      "boot loader 4, TEE 0, SNP 24, microcode 219");
	attest_expect(&s->result, "certificates", ATTEST_PASSED, "AMD's for " SAMPLE_LINE);
	assert_string_equal(s->result.claims.vm_id, SAMPLE_VM_ID);
	assert_int_equal(s->result.claims.secure_boot, HCL_YES);
	assert_ptr_equal(s->result.line, keys.lines);
}

/* Nothing that is missing is taken for good. */
static void missing(void **state)
{
	struct sample *s = *state;
	struct attest_evidence all = s->evidence;

	s->evidence.certificate_count = 0;
	assert_int_equal(judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "--fetch");
	attest_expect(&s->result, "signature", ATTEST_NOT_CHECKED, "no certificates");
	s->evidence.certificate_count = 1;
	assert_int_equal(judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "(ASK)");
	s->evidence.certificate_count = 2;
	assert_int_equal(judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "(ARK)");
	s->evidence = all;
	s->evidence.quote.left = s->evidence.certified.left = 0;
	s->evidence.tpm_ak = NULL;
	assert_int_equal(judge(s), ATTEST_NOT_CHECKED);
	/* of a report from elsewhere nobody asks for more */
	s->options.only_report = true;
	assert_int_equal(judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "PCRs", ATTEST_NOT_ASKED, "no quote");
	s->evidence = all;
	s->evidence.quote_nonce.left = 0;
	s->evidence.pcrs = NULL;
	assert_int_equal(judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "nonce", ATTEST_NOT_ASKED, "may be an old one");
	/* but a quote that is there must be good */
	s->evidence.quote_signature.left--;
	assert_int_equal(judge(s), ATTEST_FAILED);
	s->evidence = (struct attest_evidence){ .tpm_ak = NULL };
	assert_int_equal(judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "report", ATTEST_NOT_CHECKED, "there is none");
}

/* The options' strict defaults, and what they allow. */
static void options(void **state)
{
	const struct snp_tcb equal = { 4, 0, 24, 219 }, newer[] = {
		{ 5, 0, 24, 219 }, { 4, 1, 24, 219 }, { 4, 0, 25, 219 }, { 4, 0, 24, 220 }
	};
	struct sample *s = *state;

	snp(s)[0x30] = 1;
	report_sample_sign(&keys, &s->report);
	fails(s, "VMPL", "at VMPL 1");
	s->options.vmpl_max = 1;
	assert_int_equal(judge(s), ATTEST_PASSED);
	snp(s)[8 + 2] |= 1 << 3;
	report_sample_sign(&keys, &s->report);
	fails(s, "debugging", "the host can read the memory");
	s->options.allow_debug = true;
	assert_int_equal(judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "debugging", ATTEST_PASSED, "--allow-debug accepts");
	snp(s)[8 + 2] |= 1 << 2;
	report_sample_sign(&keys, &s->report);
	fails(s, "migration", "migration agent");
	s->options.allow_migration = true;
	assert_int_equal(judge(s), ATTEST_PASSED);
	s->options.least = &equal;
	assert_int_equal(judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "firmware", ATTEST_PASSED, "SNP 24");
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		s->options.least = &newer[i];
		fails(s, "firmware", "older than what --least-tcb asks for");
	}
}

static void another_signature(void **state)
{
	struct sample *s = *state;

	/* the report changed after it was signed */
	snp(s)[0x90] ^= 1;
	fails(s, "signature", "did not sign this report");
	report_sample_sign(&keys, &s->report);
	assert_int_equal(judge(s), ATTEST_PASSED);
	/* other claims under the same report: another attestation key, perhaps */
	s->report.bytes[SAMPLE_CLAIMS + 80] ^= 1;
	assert_int_equal(judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "claims", ATTEST_FAILED, "not of these claims");
	s->report.bytes[SAMPLE_CLAIMS + 80] ^= 1;
	/* more than the hash is in the report's data */
	snp(s)[0x50 + SHA256_LEN] = 1;
	assert_int_equal(judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "claims", ATTEST_FAILED, "not of these claims");
}

/* A certificate for another CPU, other firmware, another line, another time. */
static void another_certificate(void **state)
{
	const struct vcek_sample good = vcek_sample();
	struct sample *s = *state;
	struct vcek_sample v = good;

	v.chip[63] ^= 1;
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "of another CPU");
	v = good;
	v.boot_loader++;
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.tee = 0x80;
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.snp--;
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.microcode--;
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.product = "Samples-B0";
	attest_keys_certify(&keys, &v);
	fails(s, "CPU", "names another one");
	v = good;
	v.from = 1;
	attest_keys_certify(&keys, &v);
	fails(s, "certificates", "SEV-VCEK is not valid yet");
	v = good;
	v.until = -1;
	attest_keys_certify(&keys, &v);
	fails(s, "certificates", "SEV-VCEK is no longer valid");
	/* the other form of a chip's number */
	v = good;
	v.tagged_chip = true;
	attest_keys_certify(&keys, &v);
	assert_int_equal(judge(s), ATTEST_PASSED);
}

static void another_chain(void **state)
{
	const struct vcek_sample good = vcek_sample();
	struct certificate *const *all = keys.certificate, *four[4];
	struct sample *s = *state;
	struct attest_keys other;
	struct vcek_sample v = good;

	/* signed by weaker means; a VLEK */
	v.sha256 = true;
	attest_keys_certify(&keys, &v);
	fails(s, "certificates", "that signed the VCEK's (ASK)");
	v = good;
	v.name = "SEV-VLEK";
	attest_keys_certify(&keys, &v);
	fails(s, "certificates", "VLEK");
	attest_keys_certify(&keys, &good);
	/* the intermediate is no authority, as a VCEK is none */
	attest_keys_certify_ask(&keys, false);
	fails(s, "certificates", "no certificates of an authority");
	attest_keys_certify_ask(&keys, true);
	/* a root of the same name with another key, and all that it signed */
	attest_keys_make(&other);
	s->evidence.certificate = other.certificate;
	fails(s, "certificates", "none of AMD's");
	/* the right root beside it does not help */
	memcpy(four, other.certificate, sizeof(other.certificate));
	four[3] = all[2];
	s->evidence.certificate = four;
	s->evidence.certificate_count = 4;
	fails(s, "certificates", "none of AMD's");
	/* the order and copies do not matter; another VCEK does */
	four[0] = all[2], four[1] = all[1], four[2] = all[0], four[3] = all[2];
	assert_int_equal(judge(s), ATTEST_PASSED);
	four[3] = other.certificate[0];
	fails(s, "certificates", "two certificates of a VCEK");
	s->evidence.certificate_count = 3;
	/* AMD's own roots are not this one */
	s->options.lines = NULL;
	fails(s, "certificates", "none of AMD's");
	s->options.lines = keys.lines;
	keys.lines[0].unsupported = true;
	fails(s, "certificates", "not supported yet");
	keys.lines[0].unsupported = false;
	keys.lines[0].model_first = 0x12;
	fails(s, "CPU", "family 0x19, model 0x11");
	keys.lines[0].model_first = 0x10;
	attest_keys_free(&other);
}

/* What the TPM signed: not by that key, not that, an old one. */
static void another_statement(void **state)
{
	struct sample *s = *state;
	struct attest_evidence all = s->evidence;
	struct rsa_public another = keys.ak_public;

	another.n[20] ^= 1;
	s->evidence.tpm_ak = &another;
	fails(s, "attestation key", "not the report's");
	s->evidence = all;
	s->evidence.quote_nonce = reader_new("nonce of today", 14);
	fails(s, "nonce", "perhaps an old one");
	s->evidence = all;
	s->pcrs[23][0] ^= 1;
	fails(s, "PCRs", "of other values");
	s->pcrs[23][0] ^= 1;
	s->pcrs[5][0] ^= 1;
	assert_int_equal(judge(s), ATTEST_PASSED);
	s->quote.bytes.data[30] ^= 1;
	assert_int_equal(judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "quote", ATTEST_FAILED, "did not sign it");
	attest_expect(&s->result, "PCRs", ATTEST_NOT_CHECKED, "no quote");
	s->quote.bytes.data[30] ^= 1;
	s->evidence.quote = s->evidence.certified;
	s->evidence.quote_signature = s->evidence.certified_signature;
	assert_int_equal(judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "quote", ATTEST_FAILED, "signed something else");
	s->evidence = all;
	s->evidence.certified_nonce = reader_new("nonce", 5);
	fails(s, "storage key", "not the answer to this nonce");
	s->evidence = all;
	s->srk.bytes[33] ^= 1;
	fails(s, "storage key", "it has another one");
	s->srk.bytes[33] ^= 1;
	s->certified.signature.data[0] ^= 1;
	fails(s, "storage key", "did not sign it");
	s->certified.signature.data[0] ^= 1;
	s->evidence.certified = s->evidence.quote;
	s->evidence.certified_signature = s->evidence.quote_signature;
	fails(s, "storage key", "signed something else");
}

/* A quote over no PCR at all says nothing; one of SHA-1's bank is none of ours. */
static void odd_quotes(void **state)
{
	struct sample *s = *state;
	struct statement_sample q;
	size_t bank;

	quote_sample(&keys, 0, s->pcrs, "nonce", &q);
	s->evidence.quote = whole(&q.bytes);
	s->evidence.quote_signature = whole(&q.signature);
	fails(s, "PCRs", "of other values");
	bank = q.bytes.len - (2 + SHA256_LEN) - 6;
	q.bytes.data[bank + 1] = HASH_SHA1;
	statement_sample_sign(&keys, &q);
	s->evidence.quote_signature = whole(&q.signature);
	fails(s, "quote", "bank 0x0004");
	q.bytes.data[bank + 1] = HASH_SHA256;
	q.bytes.data[3] ^= 1;
	statement_sample_sign(&keys, &q);
	s->evidence.quote_signature = whole(&q.signature);
	fails(s, "quote", "nothing that a TPM made");
	q.bytes.data[3] ^= 1;
	buffer_add_u8(&q.bytes, 0);
	statement_sample_sign(&keys, &q);
	s->evidence.quote = whole(&q.bytes);
	s->evidence.quote_signature = whole(&q.signature);
	fails(s, "quote", "is damaged");
	statement_sample_free(&q);
}

/* As tpm2_quote writes a signature. */
static void signature_with_header(void **state)
{
	struct sample *s = *state;
	struct buffer b = BUFFER_NONE;

	buffer_add_be16(&b, 0x0014);
	buffer_add_be16(&b, HASH_SHA256);
	buffer_add_be16(&b, (uint16_t)s->quote.signature.len);
	buffer_add(&b, s->quote.signature.data, s->quote.signature.len);
	s->evidence.quote_signature = whole(&b);
	assert_int_equal(judge(s), ATTEST_PASSED);
	b.data[1] = 0x16; /* RSAPSS */
	fails(s, "quote", "no RSASSA signature");
	buffer_free(&b);
}

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
	struct sample *s = *state;
	struct buffer json = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		report_sample_claims(&s->report, bad[i].json);
		report_sample_sign(&keys, &s->report);
		assert_int_equal(judge(s), ATTEST_FAILED);
		attest_expect(&s->result, "report", ATTEST_FAILED, bad[i].words);
	}
	/* members that nobody needs may be missing, or be another thing than expected */
	claims_sample(&keys.ak_public, &json);
	json.len = (size_t)(strstr(buffer_str(&json), ",\"vm-configuration\"") - buffer_str(&json));
	buffer_add_str(&json, ",\"vm-configuration\":{\"vmUniqueId\":7},\"new\":[[{}]]}");
	report_sample_claims(&s->report, buffer_str(&json));
	report_sample_sign(&keys, &s->report);
	assert_int_equal(judge(s), ATTEST_PASSED);
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
	struct sample *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t was = s->report.bytes[cases[i].at];

		s->report.bytes[cases[i].at] = cases[i].value;
		assert_int_equal(judge(s), ATTEST_FAILED);
		attest_expect(&s->result, "report", ATTEST_FAILED, cases[i].words);
		s->report.bytes[cases[i].at] = was;
	}
	for (size_t n = 1; n < SAMPLE_CLAIMS + 100; n++) {
		s->evidence.report.left = n;
		assert_int_equal(judge(s), ATTEST_FAILED);
	}
	/* earlier versions do not name the CPU */
	s->evidence.report.left = sizeof(s->report.bytes);
	snp(s)[0] = 2;
	snp(s)[0x188] = snp(s)[0x189] = 0;
	report_sample_sign(&keys, &s->report);
	assert_int_equal(judge(s), ATTEST_PASSED);
	snp(s)[0] = 5;
	report_sample_sign(&keys, &s->report);
	fails(s, "CPU", "family 0x00");
}

/* Whatever byte of what is signed differs, something fails. */
static void each_byte(void **state)
{
	struct sample *s = *state;
	size_t claims_end = SAMPLE_CLAIMS + s->report.bytes[SAMPLE_CLAIMS_HEADER + 16] +
			    256u * s->report.bytes[SAMPLE_CLAIMS_HEADER + 17];

	for (size_t i = 0; i < claims_end; i++) {
		s->report.bytes[i] ^= 0x20;
		if (judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu", i);
		s->report.bytes[i] ^= 0x20;
	}
	for (size_t i = 0; i < s->quote.bytes.len; i++) {
		s->quote.bytes.data[i] ^= 1;
		if (judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu of the quote", i);
		s->quote.bytes.data[i] ^= 1;
	}
	for (size_t i = 0; i < s->certified.bytes.len; i++) {
		s->certified.bytes.data[i] ^= 1;
		if (judge(s) != ATTEST_FAILED)
			fail_msg("byte %zu of the statement about the storage key", i);
		s->certified.bytes.data[i] ^= 1;
	}
	assert_int_equal(judge(s), ATTEST_PASSED);
}

#define attest_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		attest_test(passes),
		attest_test(missing),
		attest_test(options),
		attest_test(another_signature),
		attest_test(another_certificate),
		attest_test(another_chain),
		attest_test(another_statement),
		attest_test(odd_quotes),
		attest_test(signature_with_header),
		attest_test(claims),
		attest_test(refused_by_name),
		attest_test(each_byte),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
