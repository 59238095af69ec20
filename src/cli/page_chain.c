/* The boot chain as a tree, and the policy that allows it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/page.h"
#include "cli/report_tree.h"
#include "cli/when.h"
#include "machine/forecast_groups.h"

/* How deep the list is that is open. */
struct open_lists {
	struct buffer *b;
	unsigned depth;
	bool any, knows; /* knows: there are measurements to compare with */
};

static void add_line(void *context, unsigned depth, bool mark, const char *text)
{
	struct open_lists *o = context;

	for (; o->any && o->depth < depth; o->depth++)
		buffer_add_str(o->b, "\n<ul>\n");
	o->any = true;
	buffer_add_str(o->b, "<li>");
	if (mark)
		html_mark(o->b, HTML_DIFFERS, "not in this boot:");
	else if (o->knows)
		html_sign(o->b, HTML_GOOD, "measured in this boot:");
	buffer_add_str(o->b, " ");
	html_text(o->b, text);
	buffer_add_str(o->b, "\n");
}

static void add_tree(struct page *p, const struct forecast_path *path)
{
	const struct event_list *now = p->source.chain->logged.n > 0 ? &p->source.chain->logged : NULL;
	struct open_lists o = { .b = &p->b, .knows = now != NULL };

	html_heading(&p->b, path->label);
	buffer_add_str(&p->b, "<ul class=\"tree\">\n");
	report_tree_each(path, now, add_line, &o);
	for (; o.depth > 0; o.depth--)
		buffer_add_str(&p->b, "</ul>\n");
	buffer_add_str(&p->b, "</ul>\n");
	html_table(&p->b, "What it is started with", NULL);
	html_fact(&p->b, "Kernel", "%s", path->kernel ? path->kernel : "");
	html_fact(&p->b, "Initrd", "%s", path->initrd ? path->initrd : "");
	html_row(&p->b, "Command line");
	html_cell(&p->b);
	html_code(&p->b, path->cmdline);
	html_table_end(&p->b);
}

/* One of each kernel: the other ways to start it differ in a line or two. */
static bool is_first_of_its_name(const struct forecast *f, size_t i)
{
	const size_t len = path_name_len(f->path[i].label);

	for (size_t k = 0; k < i; k++)
		if (path_name_len(f->path[k].label) == len &&
		    memcmp(f->path[k].label, f->path[i].label, len) == 0)
			return false;
	return true;
}

void page_chain(struct page *p)
{
	const struct forecast *f = &p->source.forecast;

	html_section(&p->b, "chain", "The boot chain");
	if (p->no_chain.text[0])
		html_paragraph(&p->b, "Not known: %s", p->no_chain.text);
	else if (f->path_count == 0)
		html_paragraph(&p->b, "No boot path of what is installed can be sealed; what is not covered "
				      "is listed above, with the reasons.");
	else
		html_paragraph(&p->b, "What each program starts, and what it measures into which PCR of the "
				      "TPM, for one boot path of each kernel; as 'bootseal predict --tree' "
				      "has it. A check mark: this boot measured just that. \"Not in this "
				      "boot\": it did not, or measured something else; of another kernel "
				      "than the one that runs that is as it should be.");
	for (size_t i = 0; i < f->path_count; i++)
		if (is_first_of_its_name(f, i))
			add_tree(p, &f->path[i]);
	for (size_t i = 0; i < f->left_out_count; i++)
		html_paragraph(&p->b, "Left out: %s: %s", f->left_out[i].what, f->left_out[i].why);
	html_section_end(&p->b);
}

static const char *branch_label(const struct page *p, size_t i)
{
	return p->state.branch[i].label;
}

static void branch_cells(struct page *p, size_t i)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(p->state.branch[i].composite, SHA256_LEN, hex);
	html_cell(&p->b);
	html_code(&p->b, hex);
	buffer_add_str(&p->b, "\n");
}

static void add_pcr_list(struct buffer *b, struct json_object *pcrs)
{
	uint64_t number;

	for (size_t i = 0; pcrs && i < json_list_len(pcrs); i++)
		if (json_number(json_list_at(pcrs, i), PCR_COUNT - 1, &number))
			html_textf(b, "%s%u%s", i > 0 ? ", " : "", (unsigned)number,
				   number == WINDOW_PCR ? " (zero: before anything was unlocked)" : "");
}

static void add_policy_facts(struct page *p)
{
	struct json_object *policy = json_member_object(p->status, "policy");
	char at[WHEN_MAX];

	when(p->state.sealed_at, at);
	html_table(&p->b, "The policy", NULL);
	if (!p->answer.outlook)
		html_fact(&p->b, "In force", "generation %u of %s by the record; the TPM was not asked",
			  p->state.generation, at);
	else if (p->outlook.generation == 0)
		html_fact(&p->b, "In force", "none: no boot unlocks");
	else
		html_fact(&p->b, "In force", "generation %u, %zu boot path(s), sealed %s",
			  p->outlook.generation, p->outlook.branch_count, at);
	html_row(&p->b, "PCRs");
	html_cell(&p->b);
	add_pcr_list(&p->b, json_member_list(policy, "pcrs"));
	if (p->state.failed) {
		when(p->state.failed_at, at);
		html_fact(&p->b, "The last reseal", "REFUSED OR FAILED (%s): %s", at, p->state.failure);
	}
	html_table_end(&p->b);
}

void page_policy(struct page *p)
{
	static const char *const columns[] = { "In which way it is started", "Digest of its PCRs' values",
					       NULL };
	const struct page_paths paths = { p->enrolled ? p->state.branch_count : 0, branch_label,
					  branch_cells };
	const bool of_now = p->answer.outlook && p->outlook.generation == p->state.generation;

	html_section(&p->b, "policy", "The policy");
	if (!p->enrolled) {
		html_paragraph(&p->b, "%s%s",
			       page_has_no_records(p) ? "Not known: " : "There is none: nothing is enrolled.",
			       page_has_no_records(p) ? p->answer.reason : "");
		html_section_end(&p->b);
		return;
	}
	add_policy_facts(p);
	html_paragraph(&p->b,
		       "Each row is a branch: the values of all PCRs of one boot path together. The TPM "
		       "unlocks a boot that has exactly the values of one of them, and no other. %s",
		       of_now ? ""
			      : "The record is of another generation than the policy in force, or that "
				"is not known.");
	if (paths.n > 0) {
		html_table(&p->b, "Branches as the last reseal recorded them", columns);
		page_by_kernel(p, 2, &paths);
		html_table_end(&p->b);
	}
	html_section_end(&p->b);
}
