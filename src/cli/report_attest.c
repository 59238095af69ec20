#include "cli/report_attest.h"

#include "base/log.h"
#include "base/text.h"
#include "cli/answer.h"

static const char *const verdicts[] = {
	[ATTEST_PASSED] = "passed",
	[ATTEST_FAILED] = "failed",
	[ATTEST_NOT_CHECKED] = "not checked",
	[ATTEST_NOT_ASKED] = "not asked",
};

static void print_all(const struct attest_result *r, enum attest_verdict verdict, const char *mark)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].verdict == verdict)
			log_row(mark, "%s: %s", r->check[i].name, r->check[i].text);
}

static void print_claim(enum hcl_claim claim, const char *what)
{
	if (claim != HCL_UNSAID)
		log_row("", "%s %s", what, claim == HCL_YES ? "on" : "off");
}

/* What the paravisor says, and nobody checks. */
static void print_claims(const struct attest_result *r)
{
	char hex[2 * SNP_MEASUREMENT_LEN + 1];

	log_row("The report", "VM %s", r->claims.vm_id[0] ? r->claims.vm_id : "without a number");
	print_claim(r->claims.secure_boot, "Secure Boot");
	print_claim(r->claims.tpm_persisted, "the TPM's memory is kept when the VM is off:");
	print_claim(r->claims.console, "the host's console");
	if (!r->has_measurement)
		return;
	text_hex(r->measurement, sizeof(r->measurement), hex);
	log_row("", "the paravisor's measurement %s", hex);
}

const struct attest_check *report_attest_first(const struct attest_result *r, enum attest_verdict verdict)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].verdict == verdict)
			return &r->check[i];
	return NULL;
}

static void conclude(const struct attest_result *r, bool elsewhere)
{
	switch (attest_conclusion(r)) {
	case ATTEST_FAILED:
		log_row("Conclusion", "NOT PROVEN: a check failed");
		break;
	case ATTEST_NOT_CHECKED:
		log_row("Conclusion", "not proven: nothing failed, but not everything could be checked");
		break;
	default:
		log_row("Conclusion",
			elsewhere
				? "proven: the attestation key of this report is in the TPM of an AMD "
				  "SEV-SNP VM "
				  "(%s). Not proven: that it runs now, and which key is sealed where"
				: "proven: this TPM is inside of an AMD SEV-SNP VM (%s), and what is sealed "
				  "under its storage key is in it",
			r->line ? r->line->name : "unknown");
		log_row("", "The paravisor, which has this measurement, is believed.");
	}
}

void report_attest(const struct attest_result *r, bool elsewhere)
{
	print_all(r, ATTEST_FAILED, "FAILED");
	print_all(r, ATTEST_NOT_CHECKED, "Not checked");
	print_all(r, ATTEST_PASSED, "Passed");
	print_all(r, ATTEST_NOT_ASKED, "Not asked");
	if (r->parsed)
		print_claims(r);
	conclude(r, elsewhere);
}

static void put_claim(struct json_object *o, const char *name, enum hcl_claim claim)
{
	if (claim != HCL_UNSAID)
		json_put_bool(o, name, claim == HCL_YES);
}

static void put_report(struct json_object *o, const struct attest_result *r)
{
	char hex[2 * SNP_MEASUREMENT_LEN + 1];

	json_put_text(o, "kind", hcl_kind_name(r->kind));
	if (r->line)
		json_put_text(o, "line", r->line->name);
	json_put_text(o, "vm", r->claims.vm_id);
	put_claim(o, "secure_boot", r->claims.secure_boot);
	put_claim(o, "tpm_persisted", r->claims.tpm_persisted);
	put_claim(o, "console", r->claims.console);
	if (r->has_measurement) {
		text_hex(r->measurement, sizeof(r->measurement), hex);
		json_put_text(o, "measurement", hex);
	}
}

struct json_object *report_attest_object(const struct attest_result *r)
{
	static const char *const conclusions[] = {
		[ATTEST_PASSED] = "proven", [ATTEST_FAILED] = "failed", [ATTEST_NOT_CHECKED] = "incomplete"
	};
	struct json_object *o = json_new_object(), *list = json_new_list(), *check;

	json_put_number(o, "version", ANSWER_VERSION);
	json_put_text(o, "conclusion", conclusions[attest_conclusion(r)]);
	if (r->parsed)
		put_report(o, r);
	for (size_t i = 0; i < r->n; i++) {
		check = json_new_object();
		json_put_text(check, "name", r->check[i].name);
		json_put_text(check, "verdict", verdicts[r->check[i].verdict]);
		json_put_text(check, "text", r->check[i].text);
		json_list_add(list, check);
	}
	json_put_member(o, "checks", list);
	return o;
}

void report_attest_json(const struct attest_result *r)
{
	answer_print(report_attest_object(r));
}
