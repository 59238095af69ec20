#include "measure/grub/grub.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/grub/arena.h"
#include "measure/grub/cmd_table.h"
#include "measure/grub/dev.h"
#include "measure/grub/gettext.h"
#include "measure/grub/lists.h"
#include "measure/grub/menu.h"
#include "measure/grub/names.h"
#include "measure/grub/normal.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

/*
 * normal/main.c of 2.12: looks in the directory that GRUB was started from, then in the built-in one.
 * grub.cfg is opened twice: to see whether it exists, and to read it.
 */
static void start_fw_path(struct grub *g)
{
	static const char *const places[] = { "fw_path", "prefix" };
	struct grub_path path;
	struct grub_stat st;
	const char *dir, *config;
	size_t i;

	for (i = 0; i < 2; i++) {
		dir = grub_vars_get(g, places[i]);
		config = grub_format(g, "%s/grub.cfg", dir ? dir : "");
		if (!dir || !grub_dev_open(g, config, USE_PLAIN, &path, &st))
			continue;
		g->grub_errno = GRUB_OK;
		grub_normal_execute(g, config, false, false);
		return;
	}
	grub_note_missing(g, config);
	grub_lists_read(g, grub_vars_get(g, "prefix"));
}

static void run(struct grub *g)
{
	if (setjmp(g->stop))
		return;
	grub_vars_start(g);
	grub_gettext_start(g);
	if (grub_script(g->machine))
		grub_normal_execute(g, GRUB_SCRIPT, false, false);
	else if (grub_does(g->machine, BUILD_FW_PATH))
		start_fw_path(g);
	else
		grub_normal_execute(g, grub_format(g, "%s/grub.cfg", grub_vars_get(g, "prefix")), false,
				    false);
	/* GRUB's prompt */
	grub_finish(g, BOOT_WAITS);
}

static int take_string(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int take_initrds(struct boot_trace *out, const struct grub_name *list)
{
	const struct grub_name *n;
	size_t count = 0;

	for (n = list; n; n = n->next)
		count++;
	if (!count)
		return 0;
	out->initrds = calloc(count, sizeof(*out->initrds));
	if (!out->initrds)
		return -ENOMEM;
	for (n = list; n; n = n->next)
		if (take_string(&out->initrds[out->initrd_count++], n->name) < 0)
			return -ENOMEM;
	return 0;
}

static int take_result(struct grub *g)
{
	struct boot_trace *out = g->out;
	bool linux_boots = out->outcome == BOOT_LINUX;

	if (out->outcome == BOOT_WAITS)
		return 0;
	if (take_string(&out->entry, g->entry_path) < 0 || take_string(&out->entry_title, g->entry_title) < 0)
		return -ENOMEM;
	if (out->outcome == BOOT_IMAGE)
		return take_string(&out->image, g->image);
	if (!linux_boots)
		return 0;
	if (take_string(&out->kernel, g->kernel) < 0 || take_string(&out->cmdline, g->cmdline) < 0)
		return -ENOMEM;
	return take_initrds(out, g->initrds);
}

static int check_machine(const struct grub_machine *m, struct error *err)
{
	if (!m->build)
		return error_set(err, -EINVAL, "there is no model of this GRUB");
	if (!m->modules && !m->build->modules)
		return error_set(err, -EINVAL, "the modules that are built into this GRUB are not known");
	if (m->device_count > GRUB_MAX_DEVICES)
		return error_set(err, -E2BIG, "more than %u disks and partitions", GRUB_MAX_DEVICES);
	if (!m->boot_device || !m->boot_dir || !m->files || !m->files->stat || !m->files->read ||
	    !m->files->digest)
		return error_set(err, -EINVAL,
				 "the partition and directory that GRUB was started from are not known");
	return 0;
}

struct query {
	const struct grub_machine *machine;
	const struct boot_choice *choice;
	const char *list_path;		/* NULL: boot; otherwise the submenu to list, "" for the first menu */
	struct boot_trace *out;
	int (*finish)(struct grub *g, void *context); /* copies the answer out of the arena */
	void *context;
};

/* The state is large, and longjmp() may restore registers: it is on the heap. */
static int evaluate(const struct query *q, struct error *err)
{
	struct grub *g;
	int r = check_machine(q->machine, err);

	if (r < 0)
		return r;
	g = calloc(1, sizeof(*g));
	if (!g)
		return error_set(err, -ENOMEM, "out of memory");
	g->machine = q->machine;
	g->choice = q->choice;
	g->command = grub_cmd_table_find;
	g->out = q->out;
	g->err = err;
	g->choice_left = q->list_path ? q->list_path : q->choice->path;
	g->list_only = q->list_path != NULL;
	run(g);
	r = g->stop_r;
	if (r >= 0 && q->finish(g, q->context) < 0)
		r = error_set(err, -ENOMEM, "out of memory");
	grub_free_arena(g);
	free(g);
	return r;
}

static int finish_result(struct grub *g, void *context)
{
	(void)context;
	return take_result(g);
}

int grub_evaluate(const struct grub_machine *machine, const struct boot_choice *choice, struct error *err,
		  struct boot_trace *ret_result)
{
	static const struct boot_choice no_choice;
	struct query q = { .machine = machine, .choice = choice ? choice : &no_choice, .out = ret_result };
	int r;

	*ret_result = (struct boot_trace){ .events = EVENT_LIST_NONE };
	q.finish = finish_result;
	r = evaluate(&q, err);
	if (r < 0)
		boot_trace_free(ret_result);
	return r;
}

struct listing {
	const char *path;	/* of the submenu */
	struct boot_entry **entries;
	size_t *count;
};

static bool is_shared(struct grub_items *items, const struct grub_menu_item *item)
{
	struct grub_menu_item *i;
	unsigned same = 0;

	for (i = items->first; i; i = i->next)
		same += !strcmp(i->id, item->id) || !strcmp(i->title, item->id);
	return same > 1;
}

static char *entry_path(const char *parent, const char *id, size_t index, bool shared)
{
	struct buffer b = BUFFER_NONE;

	if (parent[0])
		buffer_addf(&b, "%s>", parent);
	if (shared)
		buffer_addf(&b, "%zu", index);
	for (; !shared && *id; id++) {
		if (*id == '>')
			buffer_add(&b, ">", 1);
		buffer_add(&b, id, 1);
	}
	return buffer_steal(&b);
}

static int finish_listing(struct grub *g, void *context)
{
	struct listing *l = context;
	struct grub_menu_item *i;
	struct boot_entry *e;
	bool shared;

	if (!g->listed || !g->listed->count)
		return 0;
	*l->entries = calloc(g->listed->count, sizeof(**l->entries));
	if (!*l->entries)
		return -ENOMEM;
	for (i = g->listed->first; i; i = i->next) {
		e = &(*l->entries)[*l->count];
		e->index = (*l->count)++;
		shared = is_shared(g->listed, i);
		e->submenu = i->submenu;
		e->path = entry_path(l->path, i->id, e->index, shared);
		if (take_string(&e->title, i->title) < 0 || take_string(&e->id, i->id) < 0 || !e->path)
			return -ENOMEM;
	}
	return 0;
}

/* A walk over the whole tree of menus. */
struct walk {
	const struct grub_machine *machine;
	unsigned left;		/* menus that may still be listed */
	struct error *err;
};

/* A submenu that is not modelled is listed as an entry: whoever tries it is told why. */
static int list_level(struct walk *w, const char *path, struct boot_entry **entries, size_t *count)
{
	static const struct boot_choice by_hand = { .force_menu = true };
	struct listing l = { .path = path, .entries = entries, .count = count };
	struct boot_trace unused = { .events = EVENT_LIST_NONE };
	struct query q = { .machine = w->machine, .choice = &by_hand, .list_path = path, .out = &unused,
			   .finish = finish_listing, .context = &l };
	struct boot_entry *e;
	size_t i;
	int r;

	if (!w->left--)
		return error_set(w->err, -E2BIG, "more than %u submenus", GRUB_MAX_SUBMENUS);
	r = evaluate(&q, w->err);
	boot_trace_free(&unused);
	for (i = 0; r >= 0 && i < *count; i++) {
		e = &(*entries)[i];
		if (e->submenu)
			r = list_level(w, e->path, &e->entries, &e->entry_count);
		if (r == -EOPNOTSUPP) {
			e->submenu = false;
			r = 0;
		}
	}
	return r;
}

int grub_list_menu(const struct grub_machine *machine, struct error *err, struct boot_menu *ret_menu)
{
	struct walk w = { .machine = machine, .left = GRUB_MAX_SUBMENUS + 1, .err = err };
	struct boot_trace trace;
	int r;

	*ret_menu = (struct boot_menu){ 0 };
	r = list_level(&w, "", &ret_menu->entries, &ret_menu->entry_count);
	if (r >= 0)
		r = grub_evaluate(machine, NULL, err, &trace);
	if (r >= 0) {
		ret_menu->default_path = trace.entry;
		trace.entry = NULL;
		boot_trace_free(&trace);
	} else {
		boot_menu_free(ret_menu);
	}
	return r;
}
