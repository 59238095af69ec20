/* Models GRUB's normal/menu.c: which entry runs, and what running it does to the variables. */
#include "measure/grub/menu.h"

#include <errno.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/cmd_boot.h"
#include "measure/grub/exec.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"

static struct grub_menu_item *item_at(struct grub_items *items, unsigned long n)
{
	struct grub_menu_item *i = items->first;

	while (i && n--)
		i = i->next;
	return i;
}

/* menuentry_eq: spec ends at a single ">" */
static bool names_item(const char *id, const char *spec)
{
	for (;; id++, spec++) {
		if (*spec == '>' && spec[1] != '>')
			return !*id;
		if (*spec == '>')
			spec++;
		if (*id != *spec)
			return false;
		if (!*id)
			return true;
	}
}

static struct grub_menu_item *find_item(struct grub_items *items, const char *spec)
{
	struct grub_menu_item *i;

	for (i = items->first; i; i = i->next)
		if (names_item(i->title, spec) || names_item(i->id, spec))
			return i;
	return NULL;
}

/* The text after the first single ">"; NULL: no such text. */
static const char *rest_of_path(const char *spec)
{
	for (; *spec; spec++) {
		if (spec[0] == '>' && spec[1] == '>')
			spec++;
		else if (spec[0] == '>')
			return spec[1] ? spec + 1 : NULL;
	}
	return NULL;
}

/* get_entry_number("default"), and the entry that run_menu takes for it */
static struct grub_menu_item *default_item(struct grub *g, struct grub_items *items)
{
	const char *spec = grub_vars_get(g, "default");
	enum grub_err saved = g->grub_errno;
	struct grub_menu_item *item = NULL;
	unsigned long n;

	if (spec) {
		g->grub_errno = GRUB_OK;
		n = grub_number(g, spec, NULL, 0);
		if (g->grub_errno == GRUB_ERR_BAD_NUMBER)
			item = find_item(items, spec);
		else if (g->grub_errno == GRUB_OK && (int)n >= 0)
			item = item_at(items, (unsigned long)(int)n);
		g->grub_errno = saved;
	}
	return item ? item : items->first;
}

/* grub_menu_get_timeout: -1 when the variable is not a number, which unsets it */
static int timeout_now(struct grub *g)
{
	const char *value = grub_vars_get(g, "timeout");
	enum grub_err saved = g->grub_errno;
	int timeout;

	if (!value)
		return -1;
	g->grub_errno = GRUB_OK;
	timeout = (int)grub_number(g, value, NULL, 0);
	if (g->grub_errno != GRUB_OK) {
		grub_vars_unset(g, "timeout");
		timeout = -1;
	}
	g->grub_errno = saved;
	return timeout;
}

static void draw_menu(struct grub *g)
{
	const char *theme = grub_vars_get(g, "theme");

	if (!g->gfxterm || !theme)
		return;
	g->where_name = g->theme_name;
	g->where_line = g->theme_line;
	grub_unmodelled(g, "a theme (%s) is not modelled", theme);
}

static struct grub_menu_item *chosen_item(struct grub *g, struct grub_items *items)
{
	struct grub_menu_item *item = find_item(items, g->choice_left);
	const char *end;
	unsigned long n;

	if (!item) {
		/* entries with the same name are chosen by number */
		n = grub_number(g, g->choice_left, &end, 10);
		if (g->grub_errno == GRUB_OK && (!*end || *end == '>'))
			item = item_at(items, n);
		g->grub_errno = GRUB_OK;
	}
	if (!item)
		grub_stop(g, -ENOENT, "the menu has no entry '%s'", g->choice_left);
	return item;
}

/* The entry that a person at the keyboard chooses. */
static struct grub_menu_item *choose(struct grub *g, struct grub_items *items, int timeout)
{
	struct grub_menu_item *item;
	const char *rest;

	if (!g->choice_left[0])
		grub_finish(g, BOOT_WAITS);
	if (timeout == 0 && !g->choice->force_menu)
		grub_stop(g, -EAGAIN, "GRUB shows no menu to choose '%s' from: its timeout is 0",
			  g->choice_left);
	if (timeout >= 0) {
		grub_vars_unset(g, "timeout");
		grub_vars_unset(g, "fallback");
	}
	item = chosen_item(g, items);
	rest = rest_of_path(g->choice_left);
	g->choice_left = rest ? rest : "";
	return item;
}

/* run_menu; ends the evaluation where GRUB waits for a key without a timeout */
static struct grub_menu_item *run_menu(struct grub *g, struct grub_items *items, bool *ret_auto)
{
	struct grub_menu_item *item = default_item(g, items);
	int timeout = timeout_now(g);
	const char *style;
	bool quiet;

	if (timeout < 0)
		grub_vars_unset(g, "timeout_style");
	style = grub_vars_get(g, "timeout_style");
	quiet = style && (!strcmp(style, "hidden") || !strcmp(style, "countdown"));
	if (quiet) {
		grub_vars_unset(g, "timeout");
		grub_vars_unset(g, "timeout_style");
	}
	*ret_auto = !g->choice_left;
	if (g->choice_left) {
		if (timeout != 0)
			draw_menu(g);
		/* in the quiet styles the person opened the menu with ESC, which stops the timeout */
		return choose(g, items, quiet && timeout ? -1 : timeout);
	}
	if (timeout == 0)
		return item;
	if (!quiet)
		draw_menu(g);
	if (timeout < 0)
		grub_finish(g, BOOT_WAITS);
	if (!quiet)
		grub_vars_unset(g, "timeout");
	return item;
}

static char *escaped_id(struct grub *g, const char *id)
{
	struct grub_text t = { 0 };

	for (; *id; id++) {
		if (*id == '>')
			grub_text_char(g, &t, '>');
		grub_text_char(g, &t, *id);
	}
	return grub_text_str(g, &t);
}

/* grub_menu_execute_entry */
static void execute(struct grub *g, struct grub_menu_item *item, bool auto_boot)
{
	const char *chosen = grub_vars_get(g, "chosen"), *def = grub_vars_get(g, "default"), *id, *rest;
	const char *where = g->where_name, *path = g->entry_path;
	struct grub_items *items = NULL;

	if (item->restricted && grub_vars_get(g, "superusers") && !g->choice_left)
		grub_finish(g, BOOT_WAITS);
	if (item->submenu) {
		grub_context_open(g, false);
		items = grub_alloc(g, sizeof(*items));
		items->tail = &items->first;
		g->context->items = items;
		if (auto_boot)
			grub_vars_set(g, "timeout", "0");
	}
	id = escaped_id(g, item->id);
	grub_vars_set(g, "chosen", chosen ? grub_format(g, "%s>%s", chosen, id) : id);
	grub_vars_export(g, "chosen");
	rest = def ? rest_of_path(def) : NULL;
	grub_vars_restore(g, "default", rest);
	g->entry_path = path ? grub_format(g, "%s>%s", path, id) : id;
	g->entry_title = item->title;
	/* the line of setparams is none of the file's: the body begins in that of the command */
	g->where_name = item->where_name;
	grub_exec_entry(g, item->source, &item->args, item->where_line - 1);
	if (g->grub_errno == GRUB_OK && g->loader_set)
		grub_boot(g);
	if (item->submenu) {
		if (items->count)
			grub_menu_show(g, items, auto_boot);
		grub_context_close(g);
	}
	g->entry_path = path;
	g->where_name = where;
	grub_vars_restore(g, "chosen", chosen);
	grub_vars_restore(g, "default", def);
	grub_vars_unset(g, "timeout");
}

/* get_and_remove_first_entry_number("fallback") */
static bool next_fallback(struct grub *g, struct grub_items *items, struct grub_menu_item **ret_item)
{
	const char *value = grub_vars_get(g, "fallback"), *end;
	enum grub_err saved = g->grub_errno;
	unsigned long n;

	if (!value)
		return false;
	g->grub_errno = GRUB_OK;
	n = grub_number(g, value, &end, 0);
	if (g->grub_errno != GRUB_OK) {
		grub_vars_unset(g, "fallback");
		g->grub_errno = saved;
		return false;
	}
	while (grub_is_space(*end))
		end++;
	grub_vars_set(g, "fallback", end);
	g->grub_errno = saved;
	if ((int)n < 0)
		return false;
	*ret_item = item_at(items, n);
	if (!*ret_item)
		grub_unmodelled(g, "fallback entry %lu does not exist", n);
	return true;
}

void grub_menu_show(struct grub *g, struct grub_items *items, bool autobooted)
{
	struct grub_menu_item *item;
	bool auto_boot;

	if (g->list_only && !g->choice_left[0]) {
		g->listed = items;
		grub_finish(g, BOOT_WAITS);
	}
	do {
		item = run_menu(g, items, &auto_boot);
		execute(g, item, auto_boot);
		while (auto_boot && next_fallback(g, items, &item)) {
			g->grub_errno = GRUB_OK;
			execute(g, item, true);
		}
	} while (!autobooted);
}
