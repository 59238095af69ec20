#include "machine/trust/vouch_language.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MAX_LEN 65536
#define LOCALE_FILE "/etc/default/locale"
#define LOCALES_FILE "/etc/locale.gen"               /* locale-gen(8) */
#define LOCALES_DIR "/var/lib/locales/supported.d/"  /* Ubuntu's language packs */

/* "fr_FR.UTF-8", "sr_RS@latin": what locale(1) may print, and nothing else reaches an environment. */
static bool is_name(const struct reader *r)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-";

	if (r->left == 0 || r->left >= LANGUAGE_MAX)
		return false;
	for (size_t i = 0; i < r->left; i++)
		if (!memchr(allowed, r->at[i], sizeof(allowed) - 1))
			return false;
	return true;
}

static bool takes(struct reader *r, const char *text)
{
	struct reader part, rest = *r;

	if (!reader_take(&rest, strlen(text), &part) || !reader_equals(&part, text))
		return false;
	*r = rest;
	return true;
}

static void add(struct languages *l, const char *name)
{
	bool known = l->n == LANGUAGES_MAX || strcmp(name, l->system) == 0 || strcmp(name, "C") == 0;

	for (size_t i = 0; i < l->n && !known; i++)
		known = strcmp(name, l->other[i]) == 0;
	if (!known)
		strcpy(l->other[l->n++], name);
}

static void find_system(const struct machine *m, char ret[static LANGUAGE_MAX])
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line;

	strcpy(ret, "C");
	if (machine_read(m, LOCALE_FILE, LIST_MAX_LEN, NULL, &text) < 0)
		return;
	rest = reader_new(text.data, text.len);
	while (reader_line(&rest, &line)) {
		if (!takes(&line, "LANG="))
			continue;
		if (line.left >= 2 && line.at[0] == '"' && line.at[line.left - 1] == '"')
			line = (struct reader){ .at = line.at + 1, .left = line.left - 2 };
		if (is_name(&line))
			snprintf(ret, LANGUAGE_MAX, "%.*s", (int)line.left, (const char *)line.at);
	}
	buffer_free(&text);
}

/*
 * grub-mkconfig writes $LANG up to its first dot, where the menu is graphical: "  set lang=fr_FR"
 * (util/grub.d/00_header.in).
 */
static void add_of_cfg(const struct reader *cfg, struct languages *l)
{
	struct reader rest = *cfg, line;
	char name[LANGUAGE_MAX];

	while (reader_line(&rest, &line)) {
		while (takes(&line, " "))
			;
		if (!takes(&line, "set lang=") || !is_name(&line))
			continue;
		if (snprintf(name, sizeof(name), "%.*s.UTF-8", (int)line.left, (const char *)line.at) <
		    (int)sizeof(name))
			add(l, name);
		snprintf(name, sizeof(name), "%.*s", (int)line.left, (const char *)line.at);
		add(l, name);
		return;
	}
}

/* Without messages of GRUB in that language it prints what it prints in every other. */
static bool has_messages(const struct machine *m, const char *name)
{
	static const char *const dirs[] = { "/usr/share/locale", "/usr/share/locale-langpack" };
	static const char *const ends[] = { ".@", "_.@" };
	char path[PATH_MAX], full[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%.*s/LC_MESSAGES/grub.mo", dirs[i / 2],
			 (int)strcspn(name, ends[i % 2]), name);
		if (machine_path(m, path, full) == 0 && stat(full, &st) == 0)
			return true;
	}
	return false;
}

/* "fr_FR.UTF-8 UTF-8"; a comment begins with "#". */
static void add_list(const struct machine *m, const char *path, struct languages *l)
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line, word;
	char name[LANGUAGE_MAX];

	if (machine_read(m, path, LIST_MAX_LEN, NULL, &text) < 0)
		return;
	rest = reader_new(text.data, text.len);
	while (reader_line(&rest, &line)) {
		const uint8_t *blank = memchr(line.at, ' ', line.left);

		word = line;
		if (blank)
			word.left = blank - line.at;
		if (!is_name(&word))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)word.left, (const char *)word.at);
		if (has_messages(m, name))
			add(l, name);
	}
	buffer_free(&text);
}

static void add_lists(const struct machine *m, struct languages *l)
{
	char path[PATH_MAX];
	const struct dirent *e;
	DIR *d;

	d = machine_opendir(m, LOCALES_DIR);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), LOCALES_DIR "%s", e->d_name) < (int)sizeof(path))
			add_list(m, path, l);
	if (d)
		closedir(d);
}

void languages_find(const struct machine *m, const struct reader *cfg, struct languages *ret)
{
	*ret = (struct languages){ .n = 0 };
	find_system(m, ret->system);
	add_of_cfg(cfg, ret);
	add_list(m, LOCALES_FILE, ret);
	add_lists(m, ret);
}
