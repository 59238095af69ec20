/* What the next boot will do and what this one did: status, check and explain. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/explain_words.h"
#include "cli/page.h"
#include "machine/forecast_groups.h"

static struct json_object *listed(struct json_object *o, const char *name, size_t i)
{
	return json_list_at(json_member_list(o, name), i);
}

static size_t count(struct json_object *o, const char *name)
{
	struct json_object *list = json_member_list(o, name);

	return list ? json_list_len(list) : 0;
}

static bool is_true(struct json_object *o, const char *name)
{
	bool yes;

	return json_member_bool(o, name, &yes) && yes;
}

void page_by_kernel(struct page *p, unsigned columns, const struct page_paths *paths)
{
	size_t len;

	for (size_t i = 0; i < paths->n; i++) {
		const char *name = paths->label(p, i);
		bool is_first = true;

		len = path_name_len(name);
		for (size_t k = 0; k < i && is_first; k++)
			is_first = path_name_len(paths->label(p, k)) != len ||
				   memcmp(paths->label(p, k), name, len) != 0;
		if (!is_first)
			continue;
		html_group(&p->b, columns, "%.*s", (int)len, name);
		for (size_t k = i; k < paths->n; k++) {
			const char *other = paths->label(p, k);

			if (path_name_len(other) != len || memcmp(other, name, len) != 0)
				continue;
			if (other[len])
				html_row(&p->b, "%.*s", (int)strlen(other + len) - 3, other + len + 2);
			else
				html_row(&p->b, "from the menu");
			paths->cells(p, k);
		}
	}
}

static const char *checked_label(const struct page *p, size_t i)
{
	return json_member_string(listed(p->status, "paths", i), "label");
}

static void checked_cells(struct page *p, size_t i)
{
	struct json_object *path = listed(p->status, "paths", i);

	html_cell(&p->b);
	if (is_true(path, "unlocks"))
		html_mark(&p->b, HTML_GOOD, "will unlock");
	else
		html_mark(&p->b, HTML_BAD, "will ask for the passphrase");
	if (!is_true(path, "unlocks")) {
		buffer_add_str(&p->b, "<br>");
		html_text(&p->b, json_member_string(path, "why"));
	}
	buffer_add_str(&p->b, "\n");
}

static void notes(struct page *p, const char *member, const char *title)
{
	struct json_object *note;

	if (count(p->status, member) == 0)
		return;
	html_heading(&p->b, title);
	buffer_add_str(&p->b, "<ul>\n");
	for (size_t i = 0; i < count(p->status, member); i++) {
		note = listed(p->status, member, i);
		buffer_add_str(&p->b, "<li>");
		html_textf(&p->b, "%s: %s", json_member_string(note, "what"),
			   json_member_string(note, "why"));
		buffer_add_str(&p->b, "</li>\n");
	}
	buffer_add_str(&p->b, "</ul>\n");
}

void page_next_boot(struct page *p)
{
	static const char *const columns[] = { "In which way it is started", "What it will do", NULL };
	const struct page_paths paths = { count(p->status, "paths"), checked_label, checked_cells };
	const char *reason = json_member_string(p->status, "reason");

	html_section(&p->b, "next-boot", "The next boot");
	if (is_true(p->status, "pending_change"))
		html_paragraph(&p->b, "A pending change, which is among the warnings, will alter the next "
				      "boot; what follows is without it.");
	if (*reason)
		html_paragraph(&p->b, "%s", reason);
	if (paths.n > 0) {
		html_table(&p->b,
			   "Boot paths of what is installed now, compared with the policy that the TPM "
			   "holds; as 'bootseal check' has them",
			   columns);
		page_by_kernel(p, 2, &paths);
		html_table_end(&p->b);
	}
	notes(p, "obstacles", "Then it may wait for a person");
	notes(p, "not_covered", "Boot paths that are not covered");
	notes(p, "warnings", "Warnings");
	html_section_end(&p->b);
}

/* Two of the same name have their digests besides. */
static void side(struct page *p, struct json_object *d, const char *name, bool digest)
{
	char member[32];

	if (!*json_member_string(d, name))
		return;
	html_row(&p->b, "%s", name);
	html_cell(&p->b);
	html_code(&p->b, json_member_string(d, name));
	snprintf(member, sizeof(member), "%s_sha256", name);
	if (digest) {
		buffer_add_str(&p->b, "SHA-256 ");
		html_code(&p->b, json_member_string(d, member));
	}
	buffer_add_str(&p->b, "\n");
}

static const char *file_now(const char *word)
{
	static const struct {
		const char *word, *text;
	} now[] = { { "as-sealed", ": now matches the sealed version" },
		    { "as-measured", ": still matches the measured version" },
		    { "other", ": now matches neither the measured nor the sealed version" } };

	for (size_t k = 0; k < sizeof(now) / sizeof(now[0]); k++)
		if (strcmp(now[k].word, word) == 0)
			return now[k].text;
	return "";
}

static void difference(struct page *p, struct json_object *d, const char *title)
{
	const bool same = strcmp(json_member_string(d, "sealed"), json_member_string(d, "measured")) == 0;
	uint64_t pcr = 0, event = 0;

	json_member_number(d, "pcr", PCR_COUNT - 1, &pcr);
	if (json_member_number(d, "event", EVENT_LIST_MAX, &event))
		html_group(&p->b, 2, "%s: PCR %u, event %u", title, (unsigned)pcr, (unsigned)event);
	else
		html_group(&p->b, 2, "%s: PCR %u, after the last event", title, (unsigned)pcr);
	side(p, d, "sealed", same);
	side(p, d, "measured", same);
	side(p, d, "gone", false);
	side(p, d, "added", false);
	if (json_has(d, "file"))
		html_fact(&p->b, "file", "%s%s", json_member_string(d, "file"),
			  file_now(json_member_string(d, "file_now")));
}

static void differences(struct page *p)
{
	struct json_object *further = json_member_object(p->explain, "consequence");

	if (count(p->explain, "differences") == 0)
		return;
	html_table(&p->b, "What was sealed beside what was measured; as 'bootseal explain' has it", NULL);
	difference(p, listed(p->explain, "differences", 0), "First difference");
	if (further)
		difference(p, further, "This changed");
	for (size_t i = 1; i < count(p->explain, "differences"); i++)
		difference(p, listed(p->explain, "differences", i), "Also different");
	html_table_end(&p->b);
}

/* The words of explain. */
static void explanation(struct page *p)
{
	const char *verdict = json_member_string(p->explain, "verdict");
	const char *nearest = json_member_string(p->explain, "nearest");
	const char *meaning = json_member_string(p->explain, "meaning");
	const char *failure = json_member_string(p->explain, "failure");

	if (strcmp(verdict, "differs") == 0)
		html_paragraph(&p->b, "Nearest sealed boot path: %s", nearest);
	else if (strcmp(verdict, "harmless") == 0)
		html_paragraph(&p->b, "This boot started exactly what is sealed: %s.", nearest);
	else if (strcmp(verdict, "same") == 0)
		html_paragraph(&p->b, "This boot matches a boot path that is sealed now: %s.", nearest);
	else if (*failure)
		html_paragraph(&p->b, "It cannot be compared with the sealed boot paths: %s", failure);
	if (*meaning)
		html_paragraph(&p->b, "%s", meaning);
	differences(p);
	if (strcmp(verdict, "harmless") != 0)
		html_paragraph(&p->b, "%s",
			       is_true(p->status, "this_boot_trusted") ? EXPLAIN_ACCEPTED : EXPLAIN_ADVICE);
}

void page_this_boot(struct page *p)
{
	struct json_object *boot = json_member_object(p->status, "this_boot");
	const char *reason = json_member_string(p->explain, "reason");
	const char *window = json_member_string(boot, "window");
	const bool before = strcmp(json_member_string(p->explain, "verdict"), "before-enrolment") == 0;
	uint64_t ms = 0;

	html_section(&p->b, "this-boot", "This boot");
	buffer_add_str(&p->b, "<p>");
	if (page_has_no_records(p))
		html_mark(&p->b, HTML_UNSURE, "Not known: %s", p->answer.reason);
	else if (!p->enrolled)
		html_mark(&p->b, HTML_PLAIN, "Nothing is enrolled, so the TPM was not asked for a key.");
	else if (is_true(p->explain, "unlocked_by_tpm") &&
		 json_member_number(boot, "milliseconds", 1u << 30, &ms))
		html_mark(&p->b, HTML_GOOD, "The TPM unlocked it in %u ms.", (unsigned)ms);
	else if (before)
		html_mark(&p->b, HTML_PLAIN, "It began before the machine was enrolled.");
	else
		html_mark(&p->b, HTML_BAD, "The TPM did not unlock it: %s",
			  *reason ? text_after_tpm(reason) : "no reason was recorded");
	buffer_add_str(&p->b, "</p>\n");
	if (p->enrolled && !before && !is_true(p->explain, "unlocked_by_tpm"))
		explanation(p);
	if (strcmp(window, "open") == 0) {
		buffer_add_str(&p->b, "<p>");
		html_mark(&p->b, HTML_BAD,
			  "The window was left open: the TPM can still unlock in this boot.");
		buffer_add_str(&p->b, "</p>\n");
	}
	if (p->enrolled && !is_true(p->status, "this_boot_trusted"))
		html_paragraph(&p->b, "Changes of the boot chain are rejected until 'bootseal reseal "
				      "--accept-current', or until a boot that the TPM unlocks.");
	html_section_end(&p->b);
}
