#include "attest/attest_tpm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "seal/tpm_attest.h"
#include "seal/tpm_pcrs.h"

#define QUOTED (PCR(16) - 1) /* PCR 0 to 15 */
#define TRIES 3 /* a PCR may be extended between reading and quoting them */

struct nonce {
	uint8_t bytes[SHA256_LEN];
};

/* What was asked of the TPM, and why it did not give some of it. */
struct asked {
	struct buffer report;
	struct rsa_public ak;
	struct nonce quote_nonce, srk_nonce;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct tpm_signed quote, certified;
	struct tpm_name srk;
	struct error no_ak, no_quote, no_srk;
};

int attest_read_report(struct tpm *t, struct error *err, struct buffer *ret)
{
	int r = tpm_index_whole(t, HCL_REPORT_INDEX, HCL_REPORT_MAX_LEN, err, ret);

	return r == -ENOENT ? error_set(err, r,
					"the TPM has no report of a Confidential VM (NV index 0x%08x), as "
					"Azure's have",
					HCL_REPORT_INDEX)
			    : r;
}

static int new_nonce(struct nonce *ret)
{
	struct secret s = SECRET_NONE;
	int r = secret_random(sizeof(ret->bytes), &s);

	if (r == 0)
		memcpy(ret->bytes, s.bytes, sizeof(ret->bytes));
	secret_free(&s);
	return r;
}

/* Quoted first and read afterwards: what is extended later shows as a difference, and is asked for again. */
static int ask_quote(struct tpm *t, struct asked *a)
{
	struct reader bytes;
	struct statement s;
	uint8_t digest[SHA256_LEN];
	int r = 0;

	for (int i = 0; i < TRIES && r == 0; i++) {
		tpm_signed_free(&a->quote);
		r = tpm_quote(t, ATTEST_AK_HANDLE, QUOTED, a->quote_nonce.bytes, &a->no_quote, &a->quote);
		if (r == 0)
			r = tpm_pcrs(t, QUOTED, &a->no_quote, a->pcrs);
		bytes = reader_new(a->quote.statement.data, a->quote.statement.len);
		if (r == 0 && statement_parse(&bytes, NULL, &s) == 0 &&
		    statement_pcr_digest(s.pcrs, (const uint8_t(*)[SHA256_LEN])a->pcrs, digest) == 0 &&
		    s.pcr_digest.left == sizeof(digest) &&
		    memcmp(s.pcr_digest.at, digest, sizeof(digest)) == 0)
			break;
	}
	return r;
}

/* An error is what ends everything; of a part that the TPM does not give the words are kept. */
static int ask_all(struct tpm *t, struct error *err, struct asked *a)
{
	int r = attest_read_report(t, err, &a->report);

	if (r == 0)
		r = new_nonce(&a->quote_nonce);
	if (r == 0)
		r = new_nonce(&a->srk_nonce);
	if (r < 0)
		return r;
	if (tpm_attestation_key(t, ATTEST_AK_HANDLE, &a->no_ak, &a->ak) < 0) {
		a->no_quote = a->no_srk = a->no_ak;
		return 0;
	}
	if (ask_quote(t, a) < 0)
		tpm_signed_free(&a->quote);
	if (tpm_certify_srk(t, ATTEST_AK_HANDLE, a->srk_nonce.bytes, &a->no_srk, &a->srk, &a->certified) < 0)
		a->srk = (struct tpm_name){ .bytes = { 0 } };
	return 0;
}

static struct reader whole(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

/* The TPM's own words in the place of "there is none". */
static void say_why(struct attest_result *r, const char *name, const struct error *why)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->check[i].name, name) == 0 && r->check[i].verdict == ATTEST_NOT_CHECKED &&
		    why->text[0])
			snprintf(r->check[i].text, sizeof(r->check[i].text), "%.390s", why->text);
}

int attest_tpm(struct tpm *t, struct certificate *const *certificate, size_t n,
	       const struct attest_options *o, struct error *err, struct tpm_name *ret_srk,
	       struct attest_result *ret)
{
	struct asked a = { .report = BUFFER_NONE };
	struct attest_evidence e = { .certificate = certificate, .certificate_count = n };
	int r = ask_all(t, err, &a);

	if (r == 0) {
		e.report = whole(&a.report);
		e.tpm_ak = a.ak.n_len > 0 ? &a.ak : NULL;
		e.quote = whole(&a.quote.statement);
		e.quote_signature = whole(&a.quote.signature);
		e.quote_nonce = reader_new(a.quote_nonce.bytes, sizeof(a.quote_nonce.bytes));
		e.pcrs = (const uint8_t(*)[SHA256_LEN])a.pcrs;
		e.certified = whole(&a.certified.statement);
		e.certified_signature = whole(&a.certified.signature);
		e.certified_nonce = reader_new(a.srk_nonce.bytes, sizeof(a.srk_nonce.bytes));
		e.srk = &a.srk;
		attest_judge(&e, o, ret);
		say_why(ret, "attestation key", &a.no_ak);
		say_why(ret, "quote", &a.no_quote);
		say_why(ret, "storage key", &a.no_srk);
		*ret_srk = a.srk;
	}
	buffer_free(&a.report);
	tpm_signed_free(&a.quote);
	tpm_signed_free(&a.certified);
	return r;
}
