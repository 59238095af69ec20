/* PCRs, the TPM, and what a Confidential VM's report proves of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/page.h"
#include "cli/when.h"
#include "machine/record/confidential.h"
#include "seal/pcr_words.h"

#define SHOWN_PCRS 16
#define LINE_MAX_LEN 1024

static const struct forecast_path *default_path(const struct page *p)
{
	const struct forecast *f = &p->source.forecast;

	return f->path_count > 0 && f->path[0].is_default ? &f->path[0] : NULL;
}

static void add_pcr(struct page *p, unsigned i)
{
	const struct forecast_path *next = default_path(p);
	const bool is_forecast = next && p->source.forecast.mask >> i & 1 && i != WINDOW_PCR;
	char hex[2 * SHA256_LEN + 1];

	html_row(&p->b, "%u: %s%s", i, pcr_words(i),
		 p->enrolled && p->state.mask >> i & 1 ? " (in the policy)" : "");
	html_cell(&p->b);
	text_hex(p->pcrs[i], SHA256_LEN, hex);
	html_code(&p->b, hex);
	if (is_forecast && memcmp(next->pcrs[i], p->pcrs[i], SHA256_LEN) == 0) {
		html_mark(&p->b, HTML_GOOD, "the same in the next boot");
	} else if (is_forecast) {
		html_mark(&p->b, HTML_DIFFERS, "in the next boot:");
		text_hex(next->pcrs[i], SHA256_LEN, hex);
		html_code(&p->b, hex);
	}
	buffer_add_str(&p->b, "\n");
}

void page_pcrs(struct page *p)
{
	static const char *const columns[] = { "PCR", "Its value now", NULL };

	html_section(&p->b, "pcrs", "PCR values");
	if (!p->has_pcrs) {
		html_paragraph(&p->b, "Not known: %s", p->no_tpm.text);
	} else {
		html_table(&p->b,
			   "SHA-256 bank, as the TPM has them; \"in the next boot\" is the default boot path "
			   "of what is installed now",
			   columns);
		for (unsigned i = 0; i < SHOWN_PCRS; i++)
			add_pcr(p, i);
		html_table_end(&p->b);
	}
	html_section_end(&p->b);
}

/* Lines of seal/tpm_inventory.h. */
static bool next_line(struct reader *rest, char ret[static LINE_MAX_LEN])
{
	struct reader line;

	if (!reader_line(rest, &line))
		return false;
	snprintf(ret, LINE_MAX_LEN, "%.*s", (int)line.left, (const char *)line.at);
	return true;
}

static uint32_t property(const struct page *p, uint32_t wanted)
{
	struct reader rest = reader_new(p->inventory.data, p->inventory.len);
	char line[LINE_MAX_LEN];
	uint32_t number, value;

	while (next_line(&rest, line))
		if (sscanf(line, "property 0x%" SCNx32 " 0x%" SCNx32, &number, &value) == 2 &&
		    number == wanted)
			return value;
	return 0;
}

/* Four characters in a number; NULs at the end. */
static void add_letters(char *to, uint32_t value)
{
	const size_t n = strlen(to);

	for (unsigned i = 0; i < 4; i++)
		to[n + i] = (char)(value >> (24 - 8 * i));
	to[n + 4] = '\0';
}

/* TPM 2.0 Library part 2, 6.13: TPM_PT_MANUFACTURER, VENDOR_STRING_1 to 4, REVISION, FIRMWARE_VERSION_1, 2.
 */
static void add_tpm_facts(struct page *p)
{
	const uint32_t revision = property(p, 0x102), version = property(p, 0x10b);
	char maker[8] = "", vendor[32] = "", family[8] = "";

	add_letters(maker, property(p, 0x105));
	add_letters(family, property(p, 0x100));
	for (uint32_t i = 0x106; i <= 0x109; i++)
		add_letters(vendor, property(p, i));
	html_table(&p->b, "What it says of itself", NULL);
	html_fact(&p->b, "Manufacturer", "%s%s%s", maker, *vendor ? ", " : "", vendor);
	html_fact(&p->b, "Specification", "TPM %s, revision %u.%02u", family, revision / 100, revision % 100);
	html_fact(&p->b, "Firmware", "%u.%u (0x%08x)", version >> 16, version & 0xffff, property(p, 0x10c));
	html_table_end(&p->b);
}

/* What a handle is for; *ret_enrolled: the Name that it must have, hexadecimal, or "". */
static const char *purpose(const struct page *p, uint32_t handle,
			   char ret_enrolled[static 2 * TPM_NAME_LEN + 1])
{
	*ret_enrolled = '\0';
	if (handle == 0x81000001) {
		if (p->has_anchor)
			text_hex(p->anchor.srk.bytes, TPM_NAME_LEN, ret_enrolled);
		return "storage root key";
	}
	if (p->has_anchor && handle == p->anchor.index_handle) {
		text_hex(p->anchor.index.bytes, TPM_NAME_LEN, ret_enrolled);
		return "policy index of bootseal";
	}
	return "not of bootseal";
}

static void add_handle(struct page *p, const char *kind, uint32_t handle, const char *line)
{
	const char *name = strstr(line, " name ");
	char enrolled[2 * TPM_NAME_LEN + 1];
	const char *words = purpose(p, handle, enrolled);

	html_row(&p->b, "0x%08x, %s: %s", handle, kind, words);
	html_cell(&p->b);
	html_code(&p->b, name ? name + strlen(" name ") : "not readable");
	if (*enrolled && name && strcmp(name + strlen(" name "), enrolled) == 0)
		html_mark(&p->b, HTML_GOOD, "the enrolled one");
	else if (*enrolled)
		html_mark(&p->b, HTML_BAD, "not the enrolled one");
	buffer_add_str(&p->b, "\n");
}

static void add_handles(struct page *p)
{
	static const char *const columns[] = { "Handle", "Name, which covers its public area", NULL };
	struct reader rest = reader_new(p->inventory.data, p->inventory.len);
	char line[LINE_MAX_LEN];
	uint32_t handle;

	html_table(&p->b, "Persistent keys and NV indices", columns);
	while (next_line(&rest, line)) {
		if (sscanf(line, "key 0x%" SCNx32, &handle) == 1)
			add_handle(p, "key", handle, line);
		else if (sscanf(line, "index 0x%" SCNx32, &handle) == 1)
			add_handle(p, "NV index", handle, line);
	}
	html_table_end(&p->b);
}

void page_tpm(struct page *p)
{
	html_section(&p->b, "tpm", "The TPM");
	if (p->inventory.len == 0) {
		html_paragraph(&p->b, "Not known: %s",
			       p->no_tpm.text[0] ? p->no_tpm.text : "it told nothing");
	} else {
		add_tpm_facts(p);
		add_handles(p);
	}
	html_section_end(&p->b);
}

static void add_verdicts(struct page *p)
{
	static const char *const columns[] = { "Check", "Verdict", NULL };
	static const struct {
		const char *word;
		enum html_mark mark;
	} marks[] = { { "passed", HTML_GOOD },
		      { "failed", HTML_BAD },
		      { "not checked", HTML_UNSURE },
		      { "not asked", HTML_PLAIN } };
	struct json_object *list = json_member_list(p->attest, "checks"), *check;

	html_table(&p->b, "As 'bootseal attest' has it", columns);
	for (size_t i = 0; list && i < json_list_len(list); i++) {
		check = json_list_at(list, i);
		html_row(&p->b, "%s", json_member_string(check, "name"));
		html_cell(&p->b);
		for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
			if (strcmp(marks[k].word, json_member_string(check, "verdict")) == 0)
				html_mark(&p->b, marks[k].mark, "%s", marks[k].word);
		buffer_add_str(&p->b, "<br>");
		html_text(&p->b, json_member_string(check, "text"));
		buffer_add_str(&p->b, "\n");
	}
	html_table_end(&p->b);
}

void page_confidential(struct page *p)
{
	struct confidential_record record;
	char at[WHEN_MAX];

	html_section(&p->b, "confidential", "Confidential VM");
	if (confidential_read(p->m, NULL, &record) == 0) {
		when(record.at, at);
		html_paragraph(&p->b, "Proven when it was enrolled (%s): %s.", at, record.kind);
	}
	if (!p->attest)
		html_paragraph(&p->b, "No proof that this is one: %s", p->no_attest.text);
	else
		add_verdicts(p);
	html_section_end(&p->b);
}
