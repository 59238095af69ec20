/* Which machine this is, the answer in short, and what software it has. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/reader.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/page.h"
#include "cli/when.h"

#define WORDS_MAX_LEN 4096

static const struct {
	const char *id, *title;
} contents[] = {
	{ "machine", "This machine" },
	{ "next-boot", "The next boot" },
	{ "this-boot", "This boot" },
	{ "chain", "The boot chain" },
	{ "policy", "The policy" },
	{ "secure-boot", "Secure Boot" },
	{ "pcrs", "PCR values" },
	{ "tpm", "The TPM" },
	{ "confidential", "Confidential VM" },
	{ "checks", "What was checked" },
	{ "versions", "Versions" },
};

/* The first line of a file; "" where it cannot be had. */
static void first_line(const struct machine *m, const char *path, char *ret, size_t size)
{
	struct buffer b = BUFFER_NONE;

	*ret = '\0';
	if (machine_read(m, path, WORDS_MAX_LEN, NULL, &b) == 0)
		snprintf(ret, size, "%.*s", (int)strcspn(buffer_str(&b), "\n"), buffer_str(&b));
	buffer_free(&b);
}

/* PRETTY_NAME of os-release(5), with the quotes off. */
static void system_name(const struct machine *m, char *ret, size_t size)
{
	struct buffer b = BUFFER_NONE;
	struct reader rest, line;

	snprintf(ret, size, "unknown");
	if (machine_read(m, "/etc/os-release", WORDS_MAX_LEN, NULL, &b) == 0) {
		rest = reader_new(b.data, b.len);
		while (reader_line(&rest, &line)) {
			const char *at = (const char *)line.at;
			size_t n = line.left;

			if (n < 12 || memcmp(at, "PRETTY_NAME=", 12) != 0)
				continue;
			at += 12, n -= 12;
			if (n >= 2 && (*at == '"' || *at == '\'') && at[n - 1] == *at)
				at++, n -= 2;
			snprintf(ret, size, "%.*s", (int)n, at);
		}
	}
	buffer_free(&b);
}

static void add_answer(struct page *p)
{
	static const struct {
		const char *word;
		enum html_mark mark;
		const char *text;
	} answers[] = {
		{ "unlocks", HTML_GOOD, "The next boot will unlock automatically." },
		{ "waits", HTML_BAD,
		  "The next boot will unlock the root, but then it may wait for a person." },
		{ "asks", HTML_BAD, "The next boot will ask for the passphrase." },
		{ "unknown", HTML_UNSURE, "It is unknown whether the next boot will unlock." },
		{ "not-enrolled", HTML_PLAIN, "Nothing is enrolled on this machine." },
	};
	const char *word = json_member_string(p->status, "next_boot");

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].word, word) != 0)
			continue;
		buffer_add_str(&p->b, "<p class=\"answer\">");
		html_mark(&p->b, answers[i].mark, "%s", answers[i].text);
		buffer_add_str(&p->b, "</p>\n");
	}
}

static void add_contents(struct page *p)
{
	buffer_add_str(&p->b, "<nav aria-label=\"Contents\"><ul>\n");
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		buffer_addf(&p->b, "<li><a href=\"#%s\">%s</a></li>\n", contents[i].id, contents[i].title);
	buffer_add_str(&p->b, "</ul></nav>\n");
}

static void begin(struct page *p, const char *host)
{
	struct buffer title = BUFFER_NONE;
	char at[WHEN_MAX];

	when(p->at, at);
	buffer_addf(&title, "bootseal report of %s", host);
	html_begin(&p->b, buffer_str(&title));
	buffer_free(&title);
	html_paragraph(&p->b,
		       "Written on %s by bootseal %s, on this machine and by what it could read then. No key "
		       "and no passphrase is in it.",
		       at, BOOTSEAL_VERSION);
	add_answer(p);
	add_contents(p);
}

static void add_volumes(struct page *p)
{
	static const char *const columns[] = { "Volume", "The next boot", NULL };
	static const char *const words[][2] = { { "unlocks", "it is unlocked" },
						{ "asks", "the passphrase is asked for" },
						{ "absent", "it is not connected" },
						{ "unknown", "it is unknown" } };
	struct json_object *list = json_member_list(p->status, "volumes"), *v;

	if (!list || json_list_len(list) == 0)
		return;
	html_table(&p->b, "What is enrolled", columns);
	for (size_t i = 0; i < json_list_len(list); i++) {
		v = json_list_at(list, i);
		html_row(&p->b, "%s (UUID %s)", json_member_string(v, "name"), json_member_string(v, "uuid"));
		html_cell(&p->b);
		html_textf(&p->b, "In the %s ", json_member_string(v, "opened_by"));
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (strcmp(words[k][0], json_member_string(v, "next_boot")) == 0)
				html_textf(&p->b, "%s%s%s", words[k][1],
					   *json_member_string(v, "why") ? ": " : "",
					   json_member_string(v, "why"));
		buffer_add_str(&p->b, "\n");
	}
	html_table_end(&p->b);
}

void page_machine(struct page *p)
{
	char system[256], vendor[128], product[128];
	const char *others = json_member_string(p->status, "otherwise");
	struct utsname u;

	uname(&u);
	begin(p, u.nodename);
	system_name(p->m, system, sizeof(system));
	first_line(p->m, "/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
	first_line(p->m, "/sys/class/dmi/id/product_name", product, sizeof(product));
	html_section(&p->b, "machine", "This machine");
	html_table(&p->b, "What it is", NULL);
	html_fact(&p->b, "Host", "%s", u.nodename);
	html_fact(&p->b, "System", "%s, Linux %s", system, u.release);
	if (*vendor || *product)
		html_fact(&p->b, "Hardware, as its firmware says", "%s %s", vendor, product);
	if (p->source.chain)
		html_fact(&p->b, "Boot chain", "%s", chain_summary(p->source.chain));
	if (*others)
		html_fact(&p->b, "What unlocks it when the TPM does not", "%s", others);
	html_table_end(&p->b);
	add_volumes(p);
	html_section_end(&p->b);
}

void page_versions(struct page *p)
{
	struct reader rest = reader_new(p->versions.data, p->versions.len), line;
	char status[16], name[128], version[128], text[300];

	html_section(&p->b, "versions", "Versions");
	html_table(&p->b, "Installed packages that have a part in a boot", NULL);
	html_fact(&p->b, "bootseal, which wrote this", "%s", BOOTSEAL_VERSION);
	while (reader_line(&rest, &line)) {
		snprintf(text, sizeof(text), "%.*s", (int)line.left, (const char *)line.at);
		/* "ii": installed, as wanted */
		if (sscanf(text, "%15s %127s %127s", status, name, version) == 3 && strcmp(status, "ii") == 0)
			html_fact(&p->b, name, "%s", version);
	}
	html_table_end(&p->b);
	if (p->versions.len == 0)
		html_paragraph(&p->b, "The packages could not be listed.");
	html_section_end(&p->b);
}
