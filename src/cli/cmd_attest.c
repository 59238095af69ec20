#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/attest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/evidence.h"
#include "cli/options.h"
#include "cli/report_attest.h"
#include "cli/root.h"
#include "measure/log/pcr_values.h"

#define NONCE_MAX 64 /* bytes */

static const char help[] =
	"usage: bootseal attest [OPTION]...\n"
	"       bootseal attest --report FILE [--quote FILE --signature FILE] [OPTION]...\n\n"
	"Is this a Confidential VM (AMD SEV-SNP on Azure), and is its TPM inside of what\n"
	"the CPU protects? Reads the report in the TPM, has the TPM sign its PCRs and its\n"
	"storage key, and checks each step up to AMD's root key, which it knows.\n\n" EVIDENCE_HELP
	"  --json           the result as JSON\n"
	"  --tcti TCTI      the TPM to use\n\n"
	"Of another machine, from files:\n"
	"  --report FILE    the report: NV index 0x01400001 of its TPM\n"
	"  --quote FILE     what its attestation key signed (tpm2_quote --message)\n"
	"  --signature FILE the signature (tpm2_quote --signature)\n"
	"  --nonce HEX      what was asked for (tpm2_quote --qualification)\n"
	"  --pcrs FILE      the PCRs' values: number and SHA-256 value, one a line\n\n"
	"Exit codes: 0 every check that was asked for passed; 1 failure; 2 usage; 4 no\n"
	"TPM; 5 a check failed, or this is no Confidential VM; 7 nothing failed, but\n"
	"something could not be checked.\n";

struct arguments {
	struct evidence_options evidence;
	const char *report, *quote, *signature, *nonce, *pcrs, *tcti;
};

/* The files of another machine. */
struct files {
	struct buffer report, quote, signature;
	uint8_t nonce[NONCE_MAX];
	size_t nonce_len;
	struct pcr_values pcrs;
};

static int read_nonce(const char *hex, struct error *err, struct files *f)
{
	size_t n = strlen(hex) / 2;

	if (n == 0 || n > sizeof(f->nonce) || text_unhex(hex, strlen(hex), f->nonce, n) < 0)
		return error_set(err, -EINVAL, "--nonce: 1 to %d bytes in hexadecimal digits", NONCE_MAX);
	f->nonce_len = n;
	return 0;
}

static int read_files(const struct arguments *a, struct error *err, struct files *f)
{
	int r = file_read(a->report, HCL_REPORT_MAX_LEN, err, &f->report);

	if (r == 0 && a->quote)
		r = file_read(a->quote, STATEMENT_MAX_LEN, err, &f->quote);
	if (r == 0 && a->quote)
		r = file_read(a->signature, STATEMENT_MAX_LEN, err, &f->signature);
	if (r == 0 && a->nonce)
		r = read_nonce(a->nonce, err, f);
	if (r == 0)
		r = root_pcrs(&(struct root_options){ .pcrs = a->pcrs }, err, &f->pcrs);
	return r < 0 ? r : 0;
}

static int judge_files(const struct arguments *a, struct error *err, struct attest_result *ret)
{
	struct attest_options o = evidence_judge_by(&a->evidence);
	struct files *f = calloc(1, sizeof(*f));
	struct evidence certificates = { .n = 0 };
	struct attest_evidence e = { .certificate = certificates.certificate };
	int r;

	if (!f)
		return -ENOMEM;
	r = evidence_read(&a->evidence, err, &certificates);
	if (r == 0)
		r = read_files(a, err, f);
	if (r == 0) {
		o.only_report = true;
		e.certificate_count = certificates.n;
		e.report = reader_new(f->report.data, f->report.len);
		e.quote = reader_new(f->quote.data, f->quote.len);
		e.quote_signature = reader_new(f->signature.data, f->signature.len);
		e.quote_nonce = reader_new(f->nonce, f->nonce_len);
		e.pcrs = a->pcrs ? (const uint8_t(*)[SHA256_LEN])f->pcrs.value : NULL;
		attest_judge(&e, &o, ret);
	}
	buffer_free(&f->report);
	buffer_free(&f->quote);
	buffer_free(&f->signature);
	free(f);
	evidence_free(&certificates);
	return r;
}

static int run(const struct arguments *a)
{
	struct error err = ERROR_NONE;
	struct attest_result result;
	struct tpm_name srk;
	int r = a->report ? judge_files(a, &err, &result) :
			    evidence_judge_tpm(&a->evidence, a->tcti, &err, &srk, &result);

	if (r == 0 && answer_is_json())
		report_attest_json(&result);
	else if (r == 0)
		report_attest(&result, a->report != NULL);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r);
	}
	switch (attest_conclusion(&result)) {
	case ATTEST_FAILED:
		return EXIT_WILL_NOT;
	case ATTEST_NOT_CHECKED:
		return EXIT_UNCHECKED;
	default:
		return EXIT_YES;
	}
}

static bool take(int c, const char *arg, struct arguments *a)
{
	if (c == 'r')
		a->report = arg;
	else if (c == 'q')
		a->quote = arg;
	else if (c == 's')
		a->signature = arg;
	else if (c == 'n')
		a->nonce = arg;
	else if (c == 'p')
		a->pcrs = arg;
	else if (c == 't')
		a->tcti = arg;
	else if (c == 'j')
		answer_want_json();
	else
		return evidence_take(c, arg, &a->evidence);
	return true;
}

/* Which options do not go together, in words; NULL: all do. */
static const char *contradiction(const struct arguments *a)
{
	if (a->evidence.bad)
		return a->evidence.bad;
	if (!a->report && (a->quote || a->signature || a->nonce || a->pcrs))
		return "--quote, --signature, --nonce and --pcrs go with --report";
	if (a->report && a->tcti)
		return "--report is of another machine: no --tcti";
	if (!a->quote != !a->signature)
		return "--quote and --signature go together";
	if (!a->quote && (a->nonce || a->pcrs))
		return "--nonce and --pcrs go with --quote";
	return NULL;
}

int cmd_attest(int argc, char **argv)
{
	static const struct option options[] = {
		EVIDENCE_OPTIONS,
		{ "report", required_argument, NULL, 'r' },
		{ "quote", required_argument, NULL, 'q' },
		{ "signature", required_argument, NULL, 's' },
		{ "nonce", required_argument, NULL, 'n' },
		{ "pcrs", required_argument, NULL, 'p' },
		{ "tcti", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .report = NULL };
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		if (!take(c, optarg, &a))
			return cli_usage("attest", NULL);
	}
	if (optind < argc)
		return cli_usage("attest", argv[optind]);
	if (contradiction(&a))
		return cli_refuse("attest", contradiction(&a));
	if (!a.report && !cli_need_root("attest"))
		return EXIT_FAILED;
	return run(&a);
}
