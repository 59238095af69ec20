#include "attest_case.h"

#include <stdlib.h>
#include <string.h>

struct attest_keys keys;

int attest_case_make_keys(void **state)
{
	attest_keys_make(&keys);
	return 0;
}

int attest_case_free_keys(void **state)
{
	attest_keys_free(&keys);
	return 0;
}

struct reader attest_case_bytes(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

int attest_case_setup(void **state)
{
	struct attest_case *s = calloc(1, sizeof(*s));
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
		.quote = attest_case_bytes(&s->quote.bytes),
		.quote_signature = attest_case_bytes(&s->quote.signature),
		.quote_nonce = reader_new("nonce", 5),
		.pcrs = (const uint8_t(*)[SHA256_LEN])s->pcrs,
		.certified = attest_case_bytes(&s->certified.bytes),
		.certified_signature = attest_case_bytes(&s->certified.signature),
		.certified_nonce = reader_new("other nonce", 11),
		.srk = &s->srk,
	};
	s->options = (struct attest_options){ .now = SAMPLE_NOW, .lines = keys.lines };
	*state = s;
	return 0;
}

int attest_case_teardown(void **state)
{
	struct attest_case *s = *state;

	statement_sample_free(&s->quote);
	statement_sample_free(&s->certified);
	free(s);
	return 0;
}

enum attest_verdict attest_case_judge(struct attest_case *s)
{
	attest_judge(&s->evidence, &s->options, &s->result);
	return attest_conclusion(&s->result);
}

/* It fails for this reason, and no other check does. */
void attest_case_fails(struct attest_case *s, const char *name, const char *words)
{
	assert_int_equal(attest_case_judge(s), ATTEST_FAILED);
	attest_expect(&s->result, name, ATTEST_FAILED, words);
	for (size_t i = 0; i < s->result.n; i++)
		if (s->result.check[i].verdict == ATTEST_FAILED && strcmp(s->result.check[i].name, name) != 0)
			fail_msg("%s, too: %s", s->result.check[i].name, s->result.check[i].text);
}

uint8_t *attest_case_snp(struct attest_case *s)
{
	return s->report.bytes + SAMPLE_SNP;
}
