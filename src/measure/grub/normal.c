/* Models GRUB's normal/main.c, commands/configfile.c and commands/menuentry.c. */
#include "measure/grub/normal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/argv.h"
#include "measure/grub/dev.h"
#include "measure/grub/exec.h"
#include "measure/grub/grub.h"
#include "measure/grub/lines.h"
#include "measure/grub/lists.h"
#include "measure/grub/menu.h"
#include "measure/grub/opt.h"
#include "measure/grub/parse.h"
#include "measure/grub/script.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"

static struct grub_items *current_items(struct grub *g)
{
	struct grub_items *items = g->context->items;

	if (!items) {
		items = grub_alloc(g, sizeof(*items));
		items->tail = &items->first;
		g->context->items = items;
	}
	return items;
}

static void run_lines(struct grub *g, struct grub_lines *lines)
{
	const char *name = g->where_name, *line;
	unsigned saved = g->where_line;
	struct grub_cmd *script;

	g->where_name = lines->name;
	for (;;) {
		g->grub_errno = GRUB_OK;
		line = grub_lines_next(g, lines);
		if (!line)
			break;
		if (grub_parse(g, lines, line, &script))
			grub_exec(g, script);
	}
	g->where_name = name;
	g->where_line = saved;
}

/* The script in the image's memdisk, which GRUB does not measure. */
static bool open_embedded(struct grub *g, const char *config, struct grub_lines *ret_lines)
{
	const char *text = grub_script(g->machine);

	if (!text || strcmp(config, GRUB_SCRIPT) != 0)
		return false;
	*ret_lines = grub_lines_of_file(text, strlen(text), config);
	return true;
}

static bool open_config(struct grub *g, const char *config, struct grub_lines *ret_lines)
{
	struct grub_path path;
	struct grub_stat st;
	const uint8_t *bytes;
	size_t len;

	if (open_embedded(g, config, ret_lines))
		return true;
	if (!grub_dev_open(g, config, USE_PLAIN, &path, &st))
		return false;
	grub_dev_read(g, &path, &bytes, &len);
	*ret_lines = grub_lines_of_file(bytes, len, grub_dev_name(g, &path));
	return true;
}

void grub_note_missing(struct grub *g, const char *config)
{
	const char *root = grub_vars_get(g, "root");
	char *name = strdup(config[0] == '(' ? config : grub_format(g, "(%s)%s", root ? root : "", config));

	if (!name)
		grub_stop(g, -ENOMEM, "out of memory");
	free(g->out->missing_config);
	g->out->missing_config = name;
}

static struct grub_items *read_config(struct grub *g, const char *config)
{
	struct grub_items *items = current_items(g);
	const char *old_file, *old_dir, *full, *slash;
	struct grub_lines lines;

	if (!open_config(g, config, &lines)) {
		grub_note_missing(g, config);
		return NULL;
	}
	old_file = grub_vars_get(g, "config_file");
	old_dir = grub_vars_get(g, "config_directory");
	full = config[0] == '(' ? config : grub_format(g, "(%s)%s", grub_vars_get(g, "root"), config);
	grub_vars_set(g, "config_file", full);
	slash = strrchr(full, '/');
	grub_vars_set(g, "config_directory", slash ? grub_dup_n(g, full, (size_t)(slash - full)) : full);
	grub_vars_export(g, "config_file");
	grub_vars_export(g, "config_directory");
	run_lines(g, &lines);
	grub_vars_restore(g, "config_file", old_file);
	grub_vars_restore(g, "config_directory", old_dir);
	return items;
}

static void write_prefix(struct grub *g, struct grub_var *v, const char *value)
{
	grub_lists_read(g, value);
	v->value = value;
}

void grub_normal_execute(struct grub *g, const char *config, bool nested, bool batch)
{
	struct grub_items *items = NULL;

	if (!nested) {
		grub_lists_read(g, grub_vars_get(g, "prefix"));
		grub_vars_hook(g, "prefix", write_prefix);
	}
	if (config) {
		items = read_config(g, config);
		g->grub_errno = GRUB_OK;
	}
	if (!batch && items && items->count)
		grub_menu_show(g, items, false);
}

/* source, ".", configfile, extract_entries_source, extract_entries_configfile */
enum grub_err grub_cmd_source(struct grub *g, const struct grub_call *call)
{
	static const char extract[] = "extract_entries_";
	bool extractor = call->name[0] == 'e';
	bool new_env = call->name[extractor ? sizeof(extract) - 1 : 0] == 'c';
	struct grub_items *mine;

	if (call->argv.count != 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (extractor) {
		g->extractor_level++;
		grub_context_open(g, !new_env);
	} else if (new_env) {
		grub_context_open(g, false);
	}
	grub_normal_execute(g, call->argv.args[0], true, !new_env);
	mine = g->context->items;
	if (extractor || new_env)
		grub_context_close(g);
	if (extractor) {
		g->extractor_level--;
		if (!new_env && mine && mine->count) {
			struct grub_items *to = current_items(g);

			*to->tail = mine->first;
			to->tail = mine->tail;
			to->count += mine->count;
		}
	}
	return GRUB_OK;
}

/* 2.12 without an argument: searches for the file as at the start. */
enum grub_err grub_cmd_normal(struct grub *g, const struct grub_call *call)
{
	if (!call->argv.count)
		grub_unmodelled(g, "'normal' without a file is not modelled");
	grub_normal_execute(g, call->argv.args[0], false, false);
	grub_finish(g, BOOT_WAITS);
}

enum { OPT_CLASS, OPT_USERS, OPT_HOTKEY, OPT_SOURCE, OPT_ID, OPT_UNRESTRICTED };

/* "setparams 'title' ...", the first line of every entry */
static char *setparams_line(struct grub *g, const struct grub_argv *args, size_t count)
{
	struct grub_text t = { 0 };
	const char *p;
	size_t i;

	grub_text_add(g, &t, "setparams", 9);
	for (i = 0; i < count; i++) {
		grub_text_add(g, &t, " '", 2);
		for (p = args->args[i]; *p; p++) {
			if (*p == '\'')
				grub_text_add(g, &t, "'\\''", 4);
			else
				grub_text_char(g, &t, *p);
		}
		grub_text_char(g, &t, '\'');
	}
	grub_text_char(g, &t, '\n');
	return t.s;
}

static enum grub_err add_item(struct grub *g, const struct grub_opts *o, size_t argc, const char *source,
			      bool submenu)
{
	struct grub_items *items = g->context->items;
	struct grub_menu_item *item;

	if (!items)
		return grub_fail(g, GRUB_ERR_MENU);
	if (!argc)
		return grub_fail(g, GRUB_ERR_MENU);
	if (items->count >= GRUB_MAX_ENTRIES)
		grub_stop(g, -E2BIG, "%s:%u: more than %u menu entries", g->where_name, g->where_line,
			  GRUB_MAX_ENTRIES);
	item = grub_alloc(g, sizeof(*item));
	item->title = o->rest.args[0];
	item->id = o->set[OPT_ID] ? o->value[OPT_ID] : item->title;
	item->source = source;
	item->submenu = submenu;
	item->where_name = g->where_name;
	item->where_line = g->where_line;
	item->restricted = o->set[OPT_USERS] || !o->set[OPT_UNRESTRICTED];
	item->args = o->rest;
	item->args.count = argc;
	*items->tail = item;
	items->tail = &item->next;
	items->count++;
	return GRUB_OK;
}

enum grub_err grub_cmd_menuentry(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		[OPT_CLASS] = { .name = "class", .letter = 1, .flags = OPT_REPEAT, .takes_value = true },
		[OPT_USERS] = { .name = "users", .letter = 2, .takes_value = true },
		[OPT_HOTKEY] = { .name = "hotkey", .letter = 3, .takes_value = true },
		[OPT_SOURCE] = { .name = "source", .letter = 4, .takes_value = true },
		[OPT_ID] = { .name = "id", .takes_value = true },
		[OPT_UNRESTRICTED] = { .name = "unrestricted" },
		{ 0 },
	};
	bool submenu = call->name[0] == 's', block = call->argv.has_block;
	struct grub_opts o;
	const char *body, *head;
	size_t argc;

	if (!grub_opt_parse(g, options, OPTS_ACCEPT_DASH, &call->argv, &o))
		return g->grub_errno;
	argc = o.rest.count;
	if (!argc || o.set[OPT_SOURCE] == block)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (!block)
		return add_item(g, &o, argc, o.value[OPT_SOURCE], submenu);
	argc--;
	body = o.rest.args[argc];
	if (!body[0] || !body[1])
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	head = setparams_line(g, &o.rest, argc);
	return add_item(g, &o, argc, grub_format(g, "%s%.*s", head, (int)strlen(body) - 2, body + 1),
			submenu);
}
