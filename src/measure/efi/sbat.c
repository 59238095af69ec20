#include "measure/efi/sbat.h"

#include <stdio.h>
#include <string.h>

enum { FIELD_COMPONENT = 0, FIELD_VERSION = 4 };

bool sbat_find(const struct pe *image, struct reader *ret_text)
{
	if (!pe_section(image, ".sbat", ret_text))
		return false;
	ret_text->left = strnlen((const char *)ret_text->at, ret_text->left);
	return true;
}

/* Field n of a line */
static struct reader field(struct reader line, unsigned n)
{
	struct reader f;
	const uint8_t *comma;

	for (;;) {
		comma = line.left ? memchr(line.at, ',', line.left) : NULL;
		f = line;
		if (comma)
			f.left = (size_t)(comma - line.at);
		if (!n--)
			return f;
		if (!comma)
			return reader_new(line.at, 0);
		reader_skip(&line, f.left + 1);
	}
}

bool sbat_next(struct reader *text, struct sbat_line *ret)
{
	struct reader line;

	if (!reader_line(text, &line))
		return false;
	ret->component = field(line, FIELD_COMPONENT);
	ret->version = field(line, FIELD_VERSION);
	return true;
}

static bool starts_with(const struct reader *r, const char *s)
{
	return r->left >= strlen(s) && memcmp(r->at, s, strlen(s)) == 0;
}

bool sbat_is(const struct sbat_line *line, const char *component)
{
	const struct reader *c = &line->component;
	size_t n = strlen(component);

	if (!starts_with(c, component))
		return false;
	while (n < c->left && c->at[n] >= '0' && c->at[n] <= '9')
		n++;
	return n == c->left;
}

bool sbat_names(const struct pe *image, const char *component)
{
	struct sbat_line line;
	struct reader text;

	if (!sbat_find(image, &text))
		return false;
	while (sbat_next(&text, &line))
		if (sbat_is(&line, component))
			return true;
	return false;
}

bool sbat_version(const struct reader *image, const char *component, char ret[static SBAT_VERSION_MAX])
{
	struct sbat_line line;
	struct error ignored;
	struct reader text;
	bool found = false;
	struct pe pe;
	size_t n;

	if (pe_parse(image, &ignored, &pe) < 0 || !sbat_find(&pe, &text))
		return false;
	while (sbat_next(&text, &line)) {
		/* up to the distribution's revision, and never what would move a terminal's cursor */
		for (n = 0; n < line.version.left && line.version.at[n] != '-'; n++)
			if (line.version.at[n] <= ' ' || line.version.at[n] >= 0x7f)
				break;
		if (!starts_with(&line.component, component) || n == 0)
			continue;
		snprintf(ret, SBAT_VERSION_MAX, "%.*s", (int)n, (const char *)line.version.at);
		found = true;
	}
	return found;
}
