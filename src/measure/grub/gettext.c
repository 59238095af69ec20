/*
 * Models GRUB's gettext/gettext.c: the variables lang and locale_dir and a new prefix make GRUB open
 * catalogues, which are measured; $"..." in scripts is then translated before it is measured.
 */
#include "measure/grub/gettext.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

#define MO_MAGIC 0x950412deu
#define MO_MAX_STRINGS 65536u

static bool open_catalogue(struct grub *g, const char *file)
{
	struct grub_path path;
	struct grub_stat st;
	struct reader r;
	uint32_t magic, version;

	if (!grub_dev_open(g, file, USE_PLAIN, &path, &st))
		return false;
	if (!path.device)
		return false;
	grub_dev_read(g, &path, &g->mo, &g->mo_len);
	r = reader_new(g->mo, g->mo_len);
	if (!reader_le32(&r, &magic) || !reader_le32(&r, &version) || magic != MO_MAGIC || version ||
	    !reader_skip(&r, 12)) {
		g->mo = NULL;
		grub_fail(g, GRUB_ERR_BAD_FILE_TYPE);
		return false;
	}
	return true;
}

static bool open_lang(struct grub *g, const char *dir, const char *sub, const char *lang)
{
	static const char *const endings[] = { ".mo", ".mo.gz", ".gmo" };
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (open_catalogue(g, grub_format(g, "%s%s/%s%s", dir, sub, lang, endings[i])))
			return true;
	return false;
}

/* grub_gettext_init_ext; prefix NULL: the secondary catalogue, which has no default place */
static void load_catalogue(struct grub *g, const char *lang, const char *dir, const char *prefix)
{
	const char *sub = "", *underscore;

	if (prefix)
		g->mo = NULL;
	if (!lang || !lang[0])
		return;
	if (!dir || !dir[0]) {
		dir = prefix;
		sub = "/locale";
	}
	if (!dir || !dir[0])
		return;
	if (!open_lang(g, dir, sub, lang)) {
		underscore = strchr(lang, '_');
		if (underscore)
			open_lang(g, dir, sub, grub_dup_n(g, lang, (size_t)(underscore - lang)));
	}
	g->grub_errno = GRUB_OK;
}

static void write_lang(struct grub *g, struct grub_var *v, const char *value)
{
	const char *secondary = grub_vars_get(g, "secondary_locale_dir");

	load_catalogue(g, value, grub_vars_get(g, "locale_dir"), grub_vars_get(g, "prefix"));
	if (value[0] && secondary && secondary[0])
		grub_unmodelled(g, "secondary_locale_dir is not modelled");
	v->value = value;
}

static void write_locale_dir(struct grub *g, struct grub_var *v, const char *value)
{
	load_catalogue(g, grub_vars_get(g, "lang"), value, grub_vars_get(g, "prefix"));
	v->value = value;
}

static void write_secondary(struct grub *g, struct grub_var *v, const char *value)
{
	const char *lang = grub_vars_get(g, "lang");

	if (value[0] && lang && lang[0])
		grub_unmodelled(g, "secondary_locale_dir is not modelled");
	v->value = value;
}

void grub_gettext_start(struct grub *g)
{
	grub_vars_hook(g, "locale_dir", write_locale_dir);
	grub_vars_hook(g, "secondary_locale_dir", write_secondary);
	grub_vars_hook(g, "lang", write_lang);
	grub_vars_export(g, "lang");
	grub_vars_export(g, "locale_dir");
	grub_vars_export(g, "secondary_locale_dir");
}

void grub_gettext_reread(struct grub *g, const char *prefix)
{
	load_catalogue(g, grub_vars_get(g, "lang"), grub_vars_get(g, "locale_dir"), prefix);
}

/* String i of the table at this offset; false when the catalogue is broken. */
static bool catalogue_string(struct grub *g, uint32_t table, uint32_t i, struct reader *ret_text)
{
	struct reader whole = reader_new(g->mo, g->mo_len), entry;
	uint32_t len, offset;

	return reader_at(&whole, (uint64_t)table + (uint64_t)i * 8, 8, &entry) && reader_le32(&entry, &len) &&
	       reader_le32(&entry, &offset) && reader_at(&whole, offset, len, ret_text);
}

const char *grub_gettext(struct grub *g, const char *s)
{
	uint32_t magic, version, count, originals, translations, i;
	struct reader r = reader_new(g->mo, g->mo_len), text;

	if (!s[0] || !g->mo)
		return s;
	if (!reader_le32(&r, &magic) || !reader_le32(&r, &version) || !reader_le32(&r, &count) ||
	    !reader_le32(&r, &originals) || !reader_le32(&r, &translations))
		return s;
	if (count > MO_MAX_STRINGS)
		grub_stop(g, -E2BIG, "a catalogue has more than %u translations", MO_MAX_STRINGS);
	for (i = 0; i < count; i++) {
		if (!catalogue_string(g, originals, i, &text))
			return s;
		if (!reader_equals(&text, s))
			continue;
		if (!catalogue_string(g, translations, i, &text))
			return s;
		return grub_dup_n(g, (const char *)text.at, text.left);
	}
	return s;
}
