#include "cli/confidential.h"

#include <errno.h>
#include <stdio.h>

#include "attest/attest_tpm.h"
#include "base/log.h"
#include "cli/report_attest.h"
#include "cli/when.h"
#include "machine/system/host_agents.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"

static int refuse(const struct attest_result *r, struct error *err)
{
	const struct attest_check *c = report_attest_first(r, ATTEST_FAILED);

	if (!c)
		c = report_attest_first(r, ATTEST_NOT_CHECKED);
	return error_set(err, -ECANCELED, "not proven to be a Confidential VM: %s: %s",
			 c ? c->name : "report", c ? c->text : "");
}

int confidential_require(const struct evidence_options *o, const char *tcti, struct error *err,
			 struct confidential_proof *ret)
{
	struct attest_result result;
	int r = evidence_judge_tpm(o, tcti, err, &ret->srk, &result);

	if (r < 0)
		return r;
	if (attest_conclusion(&result) != ATTEST_PASSED || !result.line)
		return refuse(&result, err);
	snprintf(ret->kind, sizeof(ret->kind), "%s (%s)", hcl_kind_name(result.kind), result.line->name);
	log_row("Confidential",
		"%s: this TPM, its storage key in it, is inside of it; proven up to AMD's root", ret->kind);
	return 0;
}

static void say_agent(void *context, const char *what)
{
	bool *first = context;

	log_row(*first ? "The host" : "", "%s", what);
	*first = false;
}

void confidential_say_agents(const struct machine *m)
{
	bool first = true;

	host_agents_each(m, say_agent, &first);
}

void confidential_say(const struct machine *m, const char *tcti)
{
	struct confidential_record record;
	struct tpm_name name;
	struct tpm *t = NULL;
	char at[WHEN_MAX];

	if (confidential_read(m, NULL, &record) == 0) {
		when(record.at, at);
		log_row("Confidential", "%s, proven when it was enrolled (%s)", record.kind, at);
		return;
	}
	if (tpm_open(tcti, NULL, &t) == 0 && index_found(t, HCL_REPORT_INDEX, NULL, &name) == 0)
		log_row("Confidential",
			"the TPM has a report of one, which was never checked: 'bootseal attest'");
	tpm_close(t);
}
