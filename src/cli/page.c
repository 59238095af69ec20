#include "cli/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/exit_code.h"
#include "base/file.h"
#include "cli/explain_json.h"
#include "cli/report_attest.h"
#include "cli/status_json.h"
#include "machine/collect.h"
#include "machine/record/boot_report.h"
#include "seal/tpm.h"
#include "seal/tpm_inventory.h"
#include "seal/tpm_pcrs.h"

/* What status and check go by. */
static void gather_outlook(struct page *p, const char *tcti)
{
	struct error err = ERROR_NONE;
	int r = state_load(p->m, &err, &p->state);

	p->enrolled = r == 0;
	p->answer = (struct check_answer){ .at = p->at };
	if (r == 0)
		r = outlook_make_from(p->m, tcti, &err, &p->source, &p->outlook);
	p->no_outlook = err;
	if (r == -ENODATA && !p->enrolled && !machine_exists(p->m, ANCHOR_PATH)) {
		p->answer.code = EXIT_NOT_ENROLLED;
		p->answer.reason = "not enrolled";
	} else {
		check_answer_judge(&p->answer, r, &p->outlook, &p->no_outlook);
	}
	p->status = status_object(p->m, &p->answer, p->enrolled ? &p->state : NULL);
}

/* The boot chain is there without an enrolment, too, and without a TPM; as predict has it. */
static void gather_chain(struct page *p)
{
	const struct forecast_options o = { .trust = TRUST_UNJUDGED, .without_proof = !p->has_anchor };
	int r = 0;

	if (p->source.chain)
		return;
	r = chain_load(p->m, &p->no_chain, &p->source.chain);
	if (r == 0)
		r = chain_forecast(p->source.chain, &o, &p->no_chain, &p->source.forecast);
	if (r < 0 && !p->no_chain.text[0])
		error_set(&p->no_chain, r, "%s", strerror(-r));
}

static void gather_this_boot(struct page *p)
{
	struct error err = ERROR_NONE;
	struct boot_report report;
	int r, code;

	r = boot_report_read(p->m, &err, &report);
	p->explain =
		explain_object(p->m, p->enrolled ? &p->state : NULL, r < 0 ? NULL : &report, err.text, &code);
}

/* Where a proof was asked for, what keeps it from being made is an error; that there is no report is not. */
static int gather_attest(struct page *p, const char *tcti, const struct evidence_options *o,
			 struct error *err)
{
	struct attest_result result;
	struct tpm_name srk;
	int r = evidence_judge_tpm(o, tcti, &p->no_attest, &srk, &result);

	if (r == 0)
		p->attest = report_attest_object(&result);
	return r < 0 && r != -ECANCELED && o->given ? error_set(err, r, "%s", p->no_attest.text) : 0;
}

static void gather_tpm(struct page *p, const char *tcti)
{
	struct error why = ERROR_NONE;
	struct tpm *tpm = NULL;
	char path[PATH_MAX];
	int r;

	p->has_anchor =
		machine_path(p->m, ANCHOR_PATH, path) == 0 && anchor_read(path, NULL, &p->anchor) == 0;
	r = tpm_open(tcti, &p->no_tpm, &tpm);
	if (r == 0)
		r = tpm_pcrs(tpm, PCR_ALL, &p->no_tpm, p->pcrs);
	p->has_pcrs = r == 0;
	if (tpm)
		tpm_inventory(tpm, &why, &p->inventory);
	tpm_close(tpm);
	if (r < 0 && !p->no_tpm.text[0])
		error_set(&p->no_tpm, r, "%s", strerror(-r));
}

static void compose(struct page *p)
{
	static void (*const parts[])(struct page *) = {
		page_machine, page_next_boot, page_this_boot,    page_chain,  page_policy,   page_secure_boot,
		page_pcrs,    page_tpm,       page_confidential, page_checks, page_versions,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i](p);
	html_end(&p->b);
}

static void release(struct page *p)
{
	json_free(p->status);
	json_free(p->explain);
	json_free(p->attest);
	outlook_free(&p->outlook);
	outlook_source_free(&p->source);
	efivars_free(&p->vars);
	buffer_free(&p->inventory);
	buffer_free(&p->versions);
	buffer_free(&p->b);
	free(p);
}

int page_write(const struct machine *m, const char *tcti, const struct evidence_options *o, const char *file,
	       struct error *err)
{
	struct page *p = calloc(1, sizeof(*p));
	struct error why = ERROR_NONE;
	int r;

	if (!p)
		return -ENOMEM;
	p->m = m;
	p->at = time(NULL);
	gather_outlook(p, tcti);
	gather_this_boot(p);
	gather_tpm(p, tcti);
	gather_chain(p);
	r = gather_attest(p, tcti, o, err);
	p->has_vars = efivars_read(m, &p->no_vars, &p->vars) == 0;
	if (collect_versions(m, &why, &p->versions) < 0)
		buffer_free(&p->versions);
	if (r == 0) {
		compose(p);
		r = buffer_ok(&p->b) ? file_replace(file, p->b.data, p->b.len, 0600, err) : -ENOMEM;
	}
	if (r == 0)
		r = (int)p->b.len;
	release(p);
	return r;
}
