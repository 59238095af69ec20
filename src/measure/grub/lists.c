/*
 * Models GRUB's normal/dyncmd.c, autofs.c, crypto.c and term.c: the lists name what modules provide. GRUB
 * reads, and so measures, them whenever the prefix is set.
 */
#include "measure/grub/lists.h"

#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/gettext.h"
#include "measure/grub/grub.h"
#include "measure/grub/lines.h"
#include "measure/grub/module.h"
#include "measure/grub/names.h"
#include "measure/grub/state.h"
#include "measure/grub/text.h"

static bool open_list(struct grub *g, const char *prefix, const char *list, struct grub_lines *ret_lines)
{
	const char *name = grub_format(g, "%s/x86_64-efi/%s.lst", prefix, list);
	struct grub_path path;
	struct grub_stat st;
	const uint8_t *bytes;
	size_t len;

	if (!grub_dev_open(g, name, USE_PLAIN, &path, &st))
		return false;
	grub_dev_read(g, &path, &bytes, &len);
	*ret_lines = grub_lines_of_file(bytes, len, name);
	return true;
}

/* "name: module" */
static bool split_entry(struct grub *g, const char *line, const char **ret_name, const char **ret_module)
{
	const char *colon;

	while (grub_is_space(*line))
		line++;
	colon = strchr(line, ':');
	if (!colon || colon == line)
		return false;
	*ret_name = grub_dup_n(g, line, (size_t)(colon - line));
	for (colon++; *colon == ' ' || *colon == '\t'; colon++)
		;
	*ret_module = colon;
	return *colon > ' ';
}

static void read_commands(struct grub *g, const char *prefix)
{
	const char *line, *name, *module;
	struct grub_name *first = NULL, **tail = &first;
	struct grub_lines lines;

	if (!open_list(g, prefix, "command", &lines))
		return;
	while ((line = grub_lines_next(g, &lines))) {
		if (!split_entry(g, line, &name, &module) || grub_module_builtin(g, module))
			continue;
		grub_name_add(g, tail, name[0] == '*' ? name + 1 : name, module);
		tail = &(*tail)->next;
	}
	g->dyncmds = first;
}

/* The last module of fs.lst is loaded first. */
static void read_filesystems(struct grub *g, const char *prefix)
{
	struct grub_name *list = NULL, *n;
	struct grub_lines lines;
	const char *line;
	size_t len;

	g->fs_autoload = false;
	if (open_list(g, prefix, "fs", &lines)) {
		while ((line = grub_lines_next(g, &lines))) {
			while (grub_is_space(*line))
				line++;
			for (len = strlen(line); len > 1 && grub_is_space(line[len - 1]); len--)
				;
			if (len < 2)
				continue;
			n = grub_alloc(g, sizeof(*n));
			n->name = grub_dup_n(g, line, len);
			n->next = list;
			list = n;
		}
		g->fs_modules = list;
	}
	g->fs_autoload = true;
}

static void read_terminals(struct grub *g, const char *prefix)
{
	struct grub_name *first = NULL, **tail = &first;
	const char *line, *name, *module;
	struct grub_lines lines;

	if (!open_list(g, prefix, "terminal", &lines))
		return;
	while ((line = grub_lines_next(g, &lines)))
		if (split_entry(g, line, &name, &module) && (name[0] == 'i' || name[0] == 'o')) {
			grub_name_add(g, tail, name, module);
			tail = &(*tail)->next;
		}
	g->terminals = first;
}

/* normal/main.c, read_lists */
void grub_lists_read(struct grub *g, const char *prefix)
{
	struct grub_lines lines;

	if (prefix) {
		read_commands(g, prefix);
		read_filesystems(g, prefix);
		open_list(g, prefix, "crypto", &lines);
		read_terminals(g, prefix);
	}
	g->grub_errno = GRUB_OK;
	grub_gettext_reread(g, prefix);
}
