/*
 * A Confidential VM that our own root vouches for: each check passes, and each fails, with its own words, for
 * the one thing that it is there for. The report's own form is in test_attest_report.c.
 */
#include <stdlib.h>
#include <string.h>

#include "attest_case.h"

static void passes(void **state)
{
	struct attest_case *s = *state;

	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
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
	struct attest_case *s = *state;
	struct attest_evidence all = s->evidence;

	s->evidence.certificate_count = 0;
	assert_int_equal(attest_case_judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "--fetch");
	attest_expect(&s->result, "signature", ATTEST_NOT_CHECKED, "no certificates");
	s->evidence.certificate_count = 1;
	assert_int_equal(attest_case_judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "(ASK)");
	s->evidence.certificate_count = 2;
	assert_int_equal(attest_case_judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "certificates", ATTEST_NOT_CHECKED, "(ARK)");
	s->evidence = all;
	s->evidence.quote.left = s->evidence.certified.left = 0;
	s->evidence.tpm_ak = NULL;
	assert_int_equal(attest_case_judge(s), ATTEST_NOT_CHECKED);
	/* of a report from elsewhere nobody asks for more */
	s->options.only_report = true;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "PCRs", ATTEST_NOT_ASKED, "no quote");
	s->evidence = all;
	s->evidence.quote_nonce.left = 0;
	s->evidence.pcrs = NULL;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "nonce", ATTEST_NOT_ASKED, "may be an old one");
	/* but a quote that is there must be good */
	s->evidence.quote_signature.left--;
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	s->evidence = (struct attest_evidence){ .tpm_ak = NULL };
	assert_int_equal(attest_case_judge(s), ATTEST_NOT_CHECKED);
	attest_expect(&s->result, "report", ATTEST_NOT_CHECKED, "there is none");
}

/* The options' strict defaults, and what they allow. */
static void options(void **state)
{
	const struct snp_tcb equal = { 4, 0, 24, 219 }, newer[] = {
		{ 5, 0, 24, 219 }, { 4, 1, 24, 219 }, { 4, 0, 25, 219 }, { 4, 0, 24, 220 }
	};
	struct attest_case *s = *state;

	attest_case_snp(s)[0x30] = 1;
	report_sample_sign(&keys, &s->report);
	attest_case_fails(s, "VMPL", "at VMPL 1");
	s->options.vmpl_max = 1;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_case_snp(s)[8 + 2] |= 1 << 3;
	report_sample_sign(&keys, &s->report);
	attest_case_fails(s, "debugging", "the host can read the memory");
	s->options.allow_debug = true;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "debugging", ATTEST_PASSED, "--allow-debug accepts");
	attest_case_snp(s)[8 + 2] |= 1 << 2;
	report_sample_sign(&keys, &s->report);
	attest_case_fails(s, "migration", "migration agent");
	s->options.allow_migration = true;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	s->options.least = &equal;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	attest_expect(&s->result, "firmware", ATTEST_PASSED, "SNP 24");
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		s->options.least = &newer[i];
		attest_case_fails(s, "firmware", "older than what --least-tcb asks for");
	}
}

static void another_signature(void **state)
{
	struct attest_case *s = *state;
	char *id;

	/* the report changed after it was signed */
	attest_case_snp(s)[0x90] ^= 1;
	attest_case_fails(s, "signature", "did not sign this report");
	report_sample_sign(&keys, &s->report);
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	/* other claims under the same report: of another VM, with its attestation key, perhaps */
	id = (char *)memmem(s->report.bytes, sizeof(s->report.bytes), SAMPLE_VM_ID, strlen(SAMPLE_VM_ID));
	assert_non_null(id);
	*id ^= 1;
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "claims", ATTEST_FAILED, "not of these claims");
	*id ^= 1;
	/* more than the hash is in the report's data */
	attest_case_snp(s)[0x50 + SHA256_LEN] = 1;
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "claims", ATTEST_FAILED, "not of these claims");
}

/* A certificate for another CPU, other firmware, another line, another time. */
static void another_certificate(void **state)
{
	const struct vcek_sample good = vcek_sample();
	struct attest_case *s = *state;
	struct vcek_sample v = good;

	v.chip[63] ^= 1;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "of another CPU");
	v = good;
	v.boot_loader++;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.tee = 0x80;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.snp--;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.microcode--;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "other versions of the firmware");
	v = good;
	v.product = "Samples-B0";
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "CPU", "names another one");
	v = good;
	v.from = 1;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "certificates", "SEV-VCEK is not valid yet");
	v = good;
	v.until = -1;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "certificates", "SEV-VCEK is no longer valid");
	/* the other form of a chip's number */
	v = good;
	v.tagged_chip = true;
	attest_keys_certify(&keys, &v);
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
}

static void another_chain(void **state)
{
	const struct vcek_sample good = vcek_sample();
	struct certificate *const *all = keys.certificate, *four[4];
	struct attest_case *s = *state;
	struct attest_keys other;
	struct vcek_sample v = good;

	/* signed by weaker means; a VLEK */
	v.sha256 = true;
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "certificates", "that signed the VCEK's (ASK)");
	v = good;
	v.name = "SEV-VLEK";
	attest_keys_certify(&keys, &v);
	attest_case_fails(s, "certificates", "VLEK");
	attest_keys_certify(&keys, &good);
	/* the intermediate is no authority, as a VCEK is none */
	attest_keys_certify_ask(&keys, false);
	attest_case_fails(s, "certificates", "no certificates of an authority");
	attest_keys_certify_ask(&keys, true);
	/* a root of the same name with another key, and all that it signed */
	attest_keys_make(&other);
	s->evidence.certificate = other.certificate;
	attest_case_fails(s, "certificates", "none of AMD's");
	/* the right root beside it does not help */
	memcpy(four, other.certificate, sizeof(other.certificate));
	four[3] = all[2];
	s->evidence.certificate = four;
	s->evidence.certificate_count = 4;
	attest_case_fails(s, "certificates", "none of AMD's");
	/* the order and copies do not matter; another VCEK does */
	four[0] = all[2], four[1] = all[1], four[2] = all[0], four[3] = all[2];
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	four[3] = other.certificate[0];
	attest_case_fails(s, "certificates", "two certificates of a VCEK");
	s->evidence.certificate_count = 3;
	/* AMD's own roots are not this one */
	s->options.lines = NULL;
	attest_case_fails(s, "certificates", "none of AMD's");
	s->options.lines = keys.lines;
	keys.lines[0].unsupported = true;
	attest_case_fails(s, "certificates", "not supported yet");
	keys.lines[0].unsupported = false;
	keys.lines[0].model_first = 0x12;
	attest_case_fails(s, "CPU", "family 0x19, model 0x11");
	keys.lines[0].model_first = 0x10;
	attest_keys_free(&other);
}

/* What the TPM signed: not by that key, not that, an old one. */
static void another_statement(void **state)
{
	struct attest_case *s = *state;
	struct attest_evidence all = s->evidence;
	struct rsa_public another = keys.ak_public;

	another.n[20] ^= 1;
	s->evidence.tpm_ak = &another;
	attest_case_fails(s, "attestation key", "not the report's");
	s->evidence = all;
	s->evidence.quote_nonce = reader_new("nonce of today", 14);
	attest_case_fails(s, "nonce", "perhaps an old one");
	s->evidence = all;
	s->pcrs[23][0] ^= 1;
	attest_case_fails(s, "PCRs", "of other values");
	s->pcrs[23][0] ^= 1;
	s->pcrs[5][0] ^= 1;
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	s->quote.bytes.data[30] ^= 1;
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "quote", ATTEST_FAILED, "did not sign it");
	attest_expect(&s->result, "PCRs", ATTEST_NOT_CHECKED, "no quote");
	s->quote.bytes.data[30] ^= 1;
	s->evidence.quote = s->evidence.certified;
	s->evidence.quote_signature = s->evidence.certified_signature;
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	attest_expect(&s->result, "quote", ATTEST_FAILED, "signed something else");
	s->evidence = all;
	s->evidence.certified_nonce = reader_new("nonce", 5);
	attest_case_fails(s, "storage key", "not the answer to this nonce");
	s->evidence = all;
	s->srk.bytes[33] ^= 1;
	attest_case_fails(s, "storage key", "it has another one");
	s->srk.bytes[33] ^= 1;
	s->certified.signature.data[0] ^= 1;
	attest_case_fails(s, "storage key", "did not sign it");
	s->certified.signature.data[0] ^= 1;
	s->evidence.certified = s->evidence.quote;
	s->evidence.certified_signature = s->evidence.quote_signature;
	attest_case_fails(s, "storage key", "signed something else");
}

/* A quote over no PCR at all says nothing; one of SHA-1's bank is none of ours. */
static void odd_quotes(void **state)
{
	struct attest_case *s = *state;
	struct statement_sample q;
	size_t bank;

	quote_sample(&keys, 0, s->pcrs, "nonce", &q);
	s->evidence.quote = attest_case_bytes(&q.bytes);
	s->evidence.quote_signature = attest_case_bytes(&q.signature);
	attest_case_fails(s, "PCRs", "of other values");
	bank = q.bytes.len - (2 + SHA256_LEN) - 6;
	q.bytes.data[bank + 1] = HASH_SHA1;
	statement_sample_sign(&keys, &q);
	s->evidence.quote_signature = attest_case_bytes(&q.signature);
	attest_case_fails(s, "quote", "bank 0x0004");
	q.bytes.data[bank + 1] = HASH_SHA256;
	q.bytes.data[3] ^= 1;
	statement_sample_sign(&keys, &q);
	s->evidence.quote_signature = attest_case_bytes(&q.signature);
	attest_case_fails(s, "quote", "nothing that a TPM made");
	q.bytes.data[3] ^= 1;
	buffer_add_u8(&q.bytes, 0);
	statement_sample_sign(&keys, &q);
	s->evidence.quote = attest_case_bytes(&q.bytes);
	s->evidence.quote_signature = attest_case_bytes(&q.signature);
	attest_case_fails(s, "quote", "is damaged");
	statement_sample_free(&q);
}

/* As tpm2_quote writes a signature. */
static void signature_with_header(void **state)
{
	struct attest_case *s = *state;
	struct buffer b = BUFFER_NONE;

	buffer_add_be16(&b, 0x0014);
	buffer_add_be16(&b, HASH_SHA256);
	buffer_add_be16(&b, (uint16_t)s->quote.signature.len);
	buffer_add(&b, s->quote.signature.data, s->quote.signature.len);
	s->evidence.quote_signature = attest_case_bytes(&b);
	assert_int_equal(attest_case_judge(s), ATTEST_PASSED);
	b.data[1] = 0x16; /* RSAPSS */
	attest_case_fails(s, "quote", "no RSASSA signature");
	buffer_free(&b);
}

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
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, attest_case_make_keys, attest_case_free_keys);
}
