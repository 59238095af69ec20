#include "attest/attest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attest/tdx_report.h"
#include "base/text.h"

struct judging {
	const struct attest_evidence *evidence;
	const struct attest_options *options;
	struct attest_result *result;
	struct hcl_report hcl;
	struct snp_report snp;
	struct tdx_report tdx;
	struct amd_chain chain;
	struct statement quote;
	/* which earlier checks passed, for those that need them */
	bool has_snp, has_tdx, has_claims, has_chain, has_quote;
};

static enum attest_verdict say(struct attest_check *c, enum attest_verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static enum attest_verdict say(struct attest_check *c, enum attest_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, args);
	va_end(args);
	text_make_printable(c->text);
	return verdict;
}

static enum attest_verdict failed(struct attest_check *c, const struct error *why)
{
	return say(c, ATTEST_FAILED, "%s", why->text);
}

/* A thing that is missing, where the options ask for it or not. */
static enum attest_verdict missing(const struct judging *j, struct attest_check *c, const char *what)
{
	return say(c, j->options->only_report ? ATTEST_NOT_ASKED : ATTEST_NOT_CHECKED, "%s", what);
}

static enum attest_verdict check_report(struct judging *j, struct attest_check *c)
{
	struct error err = ERROR_NONE;
	int r;

	if (j->evidence->report.left == 0)
		return say(c, ATTEST_NOT_CHECKED, "there is none");
	r = hcl_report_parse(&j->evidence->report, &err, &j->hcl);
	if (r == 0)
		r = hcl_claims_parse(&j->hcl.claims, &err, &j->result->claims);
	if (r < 0)
		return failed(c, &err);
	j->has_claims = true;
	j->result->kind = j->hcl.kind;
	j->result->parsed = true;
	if (j->hcl.kind == HCL_SNP)
		r = snp_report_parse(&j->hcl.hardware, &err, &j->snp);
	else if (j->hcl.kind == HCL_TDX)
		r = tdx_report_parse(&j->hcl.hardware, &err, &j->tdx);
	else
		return say(c, ATTEST_FAILED, "its kind is %s: no CPU protects the memory of this VM",
			   hcl_kind_name(j->hcl.kind));
	if (r < 0)
		return failed(c, &err);
	j->has_snp = j->hcl.kind == HCL_SNP;
	j->result->has_measurement = j->has_snp;
	memcpy(j->result->measurement, j->snp.measurement, sizeof(j->result->measurement));
	j->has_tdx = j->hcl.kind == HCL_TDX;
	return say(c, ATTEST_PASSED, "%s, as the paravisor wrote it", hcl_kind_name(j->hcl.kind));
}

static enum attest_verdict check_claims(struct judging *j, struct attest_check *c)
{
	const uint8_t *data = j->has_snp ? j->snp.data : j->tdx.data;
	uint8_t wanted[SNP_DATA_LEN] = { 0 };

	if (!j->has_snp && !j->has_tdx)
		return say(c, ATTEST_NOT_CHECKED, "there is no report of the CPU");
	if (hash_sha256(j->hcl.claims.at, j->hcl.claims.left, wanted) < 0)
		return say(c, ATTEST_NOT_CHECKED, "SHA-256 failed");
	if (memcmp(data, wanted, sizeof(wanted)) != 0)
		return say(c, ATTEST_FAILED,
			   "the CPU's report is not of these claims: their SHA-256 is another");
	return say(c, ATTEST_PASSED, "their SHA-256 is in the CPU's report, and the attestation key in them");
}

static enum attest_verdict no_snp(const struct judging *j, struct attest_check *c)
{
	if (j->has_tdx)
		return say(
			c, ATTEST_NOT_CHECKED,
			"hardware signature not checked: a TDX report has a MAC that only its CPU can check");
	return say(c, ATTEST_NOT_CHECKED, "there is no report of an AMD CPU");
}

static enum attest_verdict check_certificates(struct judging *j, struct attest_check *c)
{
	const struct attest_evidence *e = j->evidence;
	const struct attest_options *o = j->options;
	struct error err = ERROR_NONE;
	int r;

	if (!j->has_snp)
		return no_snp(j, c);
	if (e->certificate_count == 0)
		return say(c, ATTEST_NOT_CHECKED,
			   "none given: --certificates FILE with those of VCEK, ASK and ARK, or --fetch");
	r = amd_chain_find(e->certificate, e->certificate_count, o->lines ? o->lines : amd_lines, o->now,
			   &err, &j->chain);
	if (r == -ENOENT)
		return say(c, ATTEST_NOT_CHECKED, "%s", err.text);
	if (r < 0)
		return failed(c, &err);
	j->has_chain = true;
	j->result->line = j->chain.line;
	return say(c, ATTEST_PASSED, "the CPU's key (VCEK) is signed by AMD's for %s, and that by their root",
		   j->chain.line->name);
}

static enum attest_verdict check_chip(struct judging *j, struct attest_check *c)
{
	struct error err = ERROR_NONE;

	if (!j->has_snp)
		return no_snp(j, c);
	if (!j->has_chain)
		return say(c, ATTEST_NOT_CHECKED, "there are no certificates for it");
	if (amd_vcek_matches(&j->chain, &j->snp, &err) < 0)
		return failed(c, &err);
	return say(c, ATTEST_PASSED, "CPU and versions of the firmware in the report are the certificate's");
}

static enum attest_verdict check_signature(struct judging *j, struct attest_check *c)
{
	if (!j->has_snp)
		return no_snp(j, c);
	if (!j->has_chain)
		return say(c, ATTEST_NOT_CHECKED, "there are no certificates for it");
	if (!certificate_signed_p384(j->chain.vcek, &j->snp.signed_bytes, j->snp.r, j->snp.s))
		return say(c, ATTEST_FAILED, "the CPU of the certificate did not sign this report");
	return say(c, ATTEST_PASSED, "the CPU signed the report");
}

static enum attest_verdict check_vmpl(struct judging *j, struct attest_check *c)
{
	uint32_t max = j->options->vmpl_max;

	if (!j->has_snp)
		return no_snp(j, c);
	if (j->snp.vmpl > max)
		return say(c, ATTEST_FAILED,
			   "the report was asked for at VMPL %u, and %u is the lowest privilege that counts: "
			   "not the paravisor, perhaps, but what it runs",
			   j->snp.vmpl, max);
	return say(c, ATTEST_PASSED, "asked for at VMPL %u%s", j->snp.vmpl,
		   j->snp.vmpl == 0 ? ", the highest privilege" : "");
}

static enum attest_verdict check_debug(struct judging *j, struct attest_check *c)
{
	if (!j->has_snp && !j->has_tdx)
		return say(c, ATTEST_NOT_CHECKED, "there is no report of the CPU");
	if (!(j->has_snp ? j->snp.debug : j->tdx.debug))
		return say(c, ATTEST_PASSED, "off");
	return say(c, j->options->allow_debug ? ATTEST_PASSED : ATTEST_FAILED,
		   "on: the host can read the memory of this VM%s",
		   j->options->allow_debug ? ", which --allow-debug accepts" : "");
}

static enum attest_verdict check_migration(struct judging *j, struct attest_check *c)
{
	if (!j->has_snp)
		return no_snp(j, c);
	if (!j->snp.migratable)
		return say(c, ATTEST_PASSED, "off");
	return say(c, j->options->allow_migration ? ATTEST_PASSED : ATTEST_FAILED,
		   "on: a migration agent may move this VM, with its memory, to another CPU%s",
		   j->options->allow_migration ? ", which --allow-migration accepts" : "");
}

static enum attest_verdict check_least(struct judging *j, struct attest_check *c)
{
	const struct snp_tcb *tcb = &j->snp.reported, *least = j->options->least;
	bool enough;

	if (!j->has_snp)
		return no_snp(j, c);
	enough = !least || (tcb->boot_loader >= least->boot_loader && tcb->tee >= least->tee &&
			    tcb->snp >= least->snp && tcb->microcode >= least->microcode);
	return say(c,
		   !least   ? ATTEST_NOT_ASKED
		   : enough ? ATTEST_PASSED
			    : ATTEST_FAILED,
		   "the CPU's firmware is boot loader %u, TEE %u, SNP %u, microcode %u%s", tcb->boot_loader,
		   tcb->tee, tcb->snp, tcb->microcode,
		   enough ? "" : ", which is older than what --least-tcb asks for");
}

static enum attest_verdict check_ak(struct judging *j, struct attest_check *c)
{
	if (!j->has_claims)
		return say(c, ATTEST_NOT_CHECKED, "there are no claims");
	if (!j->evidence->tpm_ak)
		return missing(j, c, "no TPM is at hand");
	if (!rsa_public_equal(j->evidence->tpm_ak, &j->result->claims.ak))
		return say(c, ATTEST_FAILED, "the TPM's attestation key is not the report's");
	return say(c, ATTEST_PASSED, "the TPM's attestation key is the report's");
}

static bool equal(const struct reader *a, const struct reader *b)
{
	return a->left == b->left && (a->left == 0 || memcmp(a->at, b->at, a->left) == 0);
}

/* What the attestation key signed, of that kind and with that nonce. */
static int read_signed(const struct judging *j, const struct reader *bytes, const struct reader *signature,
		       enum statement_kind kind, struct error *err, struct statement *ret)
{
	int r = statement_parse(bytes, err, ret);

	if (r == 0 && ret->kind != kind)
		r = error_set(err, -EBADMSG, "the TPM signed something else");
	return r == 0 ? statement_signed(bytes, signature, &j->result->claims.ak, err) : r;
}

static enum attest_verdict check_quote(struct judging *j, struct attest_check *c)
{
	const struct attest_evidence *e = j->evidence;
	struct error err = ERROR_NONE;

	if (!j->has_claims)
		return say(c, ATTEST_NOT_CHECKED, "there are no claims");
	if (e->quote.left == 0)
		return missing(j, c, "there is no quote");
	if (read_signed(j, &e->quote, &e->quote_signature, STATEMENT_QUOTE, &err, &j->quote) < 0)
		return failed(c, &err);
	j->has_quote = true;
	return say(c, ATTEST_PASSED, "the attestation key signed it");
}

/* None, or one that is not good, which check_quote() has said. */
static enum attest_verdict no_quote(const struct judging *j, struct attest_check *c)
{
	if (j->evidence->quote.left == 0)
		return missing(j, c, "there is no quote");
	return say(c, ATTEST_NOT_CHECKED, "there is no quote");
}

static enum attest_verdict check_nonce(struct judging *j, struct attest_check *c)
{
	if (!j->has_quote)
		return no_quote(j, c);
	if (j->evidence->quote_nonce.left == 0)
		return missing(j, c, "not known: the quote may be an old one");
	if (!equal(&j->quote.nonce, &j->evidence->quote_nonce))
		return say(c, ATTEST_FAILED, "the quote is not the answer to this nonce: perhaps an old one");
	return say(c, ATTEST_PASSED, "the quote is the answer to it, so it is new");
}

static enum attest_verdict check_pcrs(struct judging *j, struct attest_check *c)
{
	uint8_t digest[SHA256_LEN];
	struct reader wanted = reader_new(digest, sizeof(digest));

	if (!j->has_quote)
		return no_quote(j, c);
	if (!j->evidence->pcrs)
		return missing(j, c, "not known");
	if (statement_pcr_digest(j->quote.pcrs, j->evidence->pcrs, digest) < 0)
		return say(c, ATTEST_NOT_CHECKED, "SHA-256 failed");
	if (j->quote.pcrs == 0 || !equal(&j->quote.pcr_digest, &wanted))
		return say(c, ATTEST_FAILED, "the quote is of other values");
	return say(c, ATTEST_PASSED, "the quote is of these values");
}

static enum attest_verdict check_storage_key(struct judging *j, struct attest_check *c)
{
	const struct attest_evidence *e = j->evidence;
	struct error err = ERROR_NONE;
	struct statement s;
	struct reader name;

	if (!j->has_claims)
		return say(c, ATTEST_NOT_CHECKED, "there are no claims");
	if (e->certified.left == 0 || !e->srk)
		return missing(j, c, "the TPM has not said that it has it");
	if (read_signed(j, &e->certified, &e->certified_signature, STATEMENT_CERTIFY, &err, &s) < 0)
		return failed(c, &err);
	name = reader_new(e->srk->bytes, sizeof(e->srk->bytes));
	if (!equal(&s.nonce, &e->certified_nonce))
		return say(c, ATTEST_FAILED, "what the TPM said of it is not the answer to this nonce");
	if (!equal(&s.name, &name))
		return say(c, ATTEST_FAILED, "the TPM said that it has another one");
	return say(c, ATTEST_PASSED, "it is in the TPM that has the attestation key");
}

void attest_judge(const struct attest_evidence *e, const struct attest_options *o, struct attest_result *ret)
{
	static const struct {
		const char *name;
		enum attest_verdict (*run)(struct judging *j, struct attest_check *c);
	} checks[] = {
		{ "report", check_report },
		{ "attestation key", check_ak },
		{ "quote", check_quote },
		{ "nonce", check_nonce },
		{ "PCRs", check_pcrs },
		{ "claims", check_claims },
		{ "certificates", check_certificates },
		{ "CPU", check_chip },
		{ "signature", check_signature },
		{ "VMPL", check_vmpl },
		{ "debugging", check_debug },
		{ "migration", check_migration },
		{ "firmware", check_least },
		{ "storage key", check_storage_key },
	};
	struct judging j = { .evidence = e, .options = o, .result = ret };

	_Static_assert(sizeof(checks) / sizeof(checks[0]) <= ATTEST_CHECKS_MAX, "room for all checks");
	*ret = (struct attest_result){ .n = 0 };
	for (; ret->n < sizeof(checks) / sizeof(checks[0]); ret->n++) {
		struct attest_check *c = &ret->check[ret->n];

		c->name = checks[ret->n].name;
		c->verdict = checks[ret->n].run(&j, c);
	}
}

enum attest_verdict attest_conclusion(const struct attest_result *r)
{
	enum attest_verdict worst = ATTEST_PASSED;

	for (size_t i = 0; i < r->n; i++) {
		if (r->check[i].verdict == ATTEST_FAILED)
			return ATTEST_FAILED;
		if (r->check[i].verdict == ATTEST_NOT_CHECKED)
			worst = ATTEST_NOT_CHECKED;
	}
	return worst;
}
