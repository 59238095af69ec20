/* What was checked for this page, and what was not. */
#include <stdio.h>
#include <string.h>

#include "cli/page.h"
#include "cli/when.h"

static void row(struct page *p, const char *promise, enum html_mark mark, const char *verdict,
		const char *words)
{
	html_row(&p->b, "%s", promise);
	html_cell(&p->b);
	html_mark(&p->b, mark, "%s", verdict);
	if (words && *words) {
		buffer_add_str(&p->b, "<br>");
		html_text(&p->b, words);
	}
	buffer_add_str(&p->b, "\n");
}

#define HOLDS HTML_GOOD, "checked: it is so"
#define FAILS HTML_BAD, "checked: it is not so"
#define OPEN HTML_UNSURE, "not checked"

static void log_row_of(struct page *p)
{
	static const char promise[] = "The firmware's event log gives the PCR values that the TPM has";
	struct error why = ERROR_NONE;

	if (!p->source.chain || !p->has_pcrs)
		row(p, promise, OPEN, p->source.chain ? p->no_tpm.text : p->no_chain.text);
	else if (p->source.chain->no_log)
		row(p, promise, OPEN,
		    "there is no log, or it is not used; boots are told from the PCRs' values");
	else if (chain_check_log(p->source.chain, chain_pcrs(p->source.chain) & ~PCR(WINDOW_PCR), p->pcrs,
				 &why) == 0)
		row(p, promise, HOLDS, NULL);
	else
		row(p, promise, FAILS, why.text);
}

static void model_row(struct page *p)
{
	static const char promise[] = "The model of the boot chain gives the boot that runs, event by event";

	if (!p->answer.outlook)
		row(p, promise, OPEN, p->answer.reason);
	else if (p->outlook.verdict == VERDICT_EXACT)
		row(p, promise, HOLDS, NULL);
	else if (p->outlook.verdict == VERDICT_INPUTS_CHANGED)
		row(p, promise, HTML_GOOD, "checked: it does, but for files that changed since",
		    p->outlook.reason);
	else
		row(p, promise, FAILS, p->outlook.reason);
}

/* outlook_make() refuses where one of these does not hold, and says which. */
static void enrolment_rows(struct page *p)
{
	static const char *const promises[] = {
		"The TPM is the enrolled one: its storage key and the policy index have the Names of the "
		"anchor",
		"Each enrolled volume that is connected has the enrolled header (volume pin), and its token "
		"agrees with the anchor",
	};

	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		if (p->answer.outlook)
			row(p, promises[i], HOLDS, NULL);
		else if (p->answer.asks)
			row(p, promises[i], HTML_BAD, "checked: one of these two is not so",
			    p->answer.reason);
		else
			row(p, promises[i], OPEN, p->answer.reason);
	}
	row(p, "Each boot path above has an initrd with our program, its scripts and the anchor in it",
	    p->answer.outlook ? HTML_GOOD : HTML_UNSURE,
	    p->answer.outlook ? "checked: paths without are not covered" : "not checked", NULL);
}

static void reseal_row(struct page *p)
{
	static const char promise[] = "Each file of the boot chain was confirmed by something on the "
				      "encrypted root";
	char at[WHEN_MAX], words[128];

	if (!p->enrolled) {
		row(p, promise, OPEN, page_has_no_records(p) ? p->answer.reason : "nothing is enrolled");
	} else if (p->state.failed) {
		row(p, promise, HTML_BAD, "the last reseal refused or failed", p->state.failure);
	} else {
		when(p->state.sealed_at, at);
		snprintf(words, sizeof(words), "the reseal of %s did, for what it sealed", at);
		row(p, promise, HTML_UNSURE, "not checked now", words);
	}
}

static void window_row(struct page *p)
{
	static const char promise[] = "The TPM gives the key no more in this boot: the window is closed";
	const char *window = json_member_string(json_member_object(p->status, "this_boot"), "window");
	static const uint8_t zero[SHA256_LEN];

	if (!p->has_pcrs || !*window)
		row(p, promise, OPEN,
		    p->has_pcrs ? "bootseal-unlock did not run in this boot" : p->no_tpm.text);
	else if (strcmp(window, "closed") == 0 && memcmp(p->pcrs[WINDOW_PCR], zero, sizeof(zero)) != 0)
		row(p, promise, HOLDS, "PCR 15 is not zero");
	else
		row(p, promise, FAILS, "PCR 15 is zero, or bootseal-unlock could not close it");
}

static void surroundings_row(struct page *p)
{
	static const char promise[] = "Nothing foreign is on the boot file systems, they are mounted nosuid, "
				      "nodev, noexec, and nothing else opens the root or lets somebody in";
	char words[64];

	if (!p->answer.outlook)
		row(p, promise, OPEN, p->answer.reason);
	else if (p->outlook.warning_count == 0)
		row(p, promise, HTML_GOOD, "checked: no warning", NULL);
	else {
		snprintf(words, sizeof(words), "checked: %zu warning(s), above", p->outlook.warning_count);
		row(p, promise, HTML_UNSURE, words, NULL);
	}
}

static void secure_boot_row(struct page *p)
{
	static const char promise[] = "Secure Boot is on: firmware, shim and GRUB start signed programs only";
	const struct reader *on = &p->vars.vars.secure_boot;

	if (!p->has_vars)
		row(p, promise, OPEN, p->no_vars.text);
	else if (on->left > 0 && on->at[0] == 1)
		row(p, promise, HOLDS, "by the firmware's variable");
	else
		row(p, promise, FAILS, "by the firmware's variable");
}

static void confidential_row(struct page *p)
{
	static const char promise[] = "The TPM is inside of a Confidential VM";
	const char *conclusion = json_member_string(p->attest, "conclusion");

	if (!p->attest)
		row(p, promise, HTML_PLAIN, "not claimed", p->no_attest.text);
	else if (strcmp(conclusion, "proven") == 0)
		row(p, promise, HOLDS, "the paravisor is believed");
	else if (strcmp(conclusion, "failed") == 0)
		row(p, promise, FAILS, "see above");
	else
		row(p, promise, OPEN, "nothing failed, but something could not be checked: see above");
}

/* What no command of this machine could check. */
static void add_unchecked(struct page *p)
{
	static const char *const what[] = {
		"That this page is of this machine, and true: it is not signed, and root here can write "
		"another. A verifier elsewhere asks the TPM for a quote and compares it with 'bootseal "
		"predict --json'.",
		"The firmware itself, unless PCR 0 and 2 are in the policy, and weaknesses in signed "
		"programs.",
		"What else is in the initrds, and what runs in the unlocked system.",
		"Who knows the passphrase and the recovery key, and keys that other programs keep.",
		"The memory of the running machine, and the host of a virtual machine that is not "
		"confidential.",
	};

	html_heading(&p->b, "Not checked by this page");
	buffer_add_str(&p->b, "<ul>\n");
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		buffer_add_str(&p->b, "<li>");
		html_text(&p->b, what[i]);
		buffer_add_str(&p->b, "</li>\n");
	}
	buffer_add_str(&p->b, "</ul>\n");
	html_paragraph(&p->b, "What bootseal promises, to whom, and which test shows it, is in SECURITY.md "
			      "of its source.");
}

void page_checks(struct page *p)
{
	static const char *const columns[] = { "Promise", "On this machine, when this page was written",
					       NULL };

	html_section(&p->b, "checks", "What was checked");
	html_table(&p->b, "What has to hold for what bootseal promises", columns);
	enrolment_rows(p);
	log_row_of(p);
	model_row(p);
	window_row(p);
	reseal_row(p);
	surroundings_row(p);
	secure_boot_row(p);
	confidential_row(p);
	html_table_end(&p->b);
	add_unchecked(p);
	html_section_end(&p->b);
}
