#include "measure/boot/bootpath_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "measure/boot/bootpath_kind.h"
#include "measure/boot/bootpath_names.h"

#define STATES_MAX 16 /* of one layout that are followed */
#define OTHERS_MAX 24 /* entries that are neither default nor a kernel's: with more, only as of today */

struct finder {
	const struct bootpath_options *o;
	struct error *err;
	struct ways found;
	struct way_entries menu;
	/* what is walked */
	const struct boot_facts *base;     /* a layout of the machine, */
	const struct boot_variant *layout; /* which this one is, */
	bool first_layout;
	struct boot_facts chain;           /* in one of these states: */
	struct boot_variant state[STATES_MAX]; /* the first is the layout as it is */
	size_t state_count, at_state;
};

/* Takes the variant over: a state in which a boot leaves the machine. */
static int add_state(void *context, struct boot_variant *v)
{
	struct finder *f = context;
	bool known = f->state_count == STATES_MAX;

	for (size_t i = 1; i < f->state_count && !known; i++)
		known = memcmp(f->state[i].id, v->id, sizeof(v->id)) == 0;
	if (known)
		boot_variant_free(v);
	else
		f->state[f->state_count++] = *v;
	return 0;
}

/* What this boot leaves behind is what the next one finds, whatever it starts. */
static int follow(struct finder *f, const struct boot_trace *t)
{
	return f->base->loader->after ? f->base->loader->after(f->base, t, add_state, f) : 0;
}

/*
 * The machine failed while the path was looked at, which says nothing about the path: the next try may well
 * see it.
 */
static bool is_failure(int r)
{
	return r == -ENOMEM || r == -EIO || r == -EMFILE || r == -ENFILE;
}

static int failed(struct finder *f, int r, const struct error *why)
{
	return error_set(f->err, r, "%s", *why->text ? why->text : strerror(-r));
}

static char *make_stem(const struct finder *f, const struct boot_trace *t, bool by_itself)
{
	const char *release = boot_trace_release(t);
	const char *title = t->entry_title ? t->entry_title : "no entry";
	struct buffer b = BUFFER_NONE;

	if (*release) {
		buffer_add_str(&b, "Linux ");
		text_add_printable(&b, release, strlen(release), 64);
	} else {
		text_add_printable(&b, title, strlen(title), 64);
	}
	buffer_add_str(&b, by_itself ? " (default" : " (from the menu");
	buffer_addf(&b, "%s%s", f->state[f->at_state].note, f->layout->note);
	return buffer_steal(&b);
}

static char *make_key(const struct finder *f, const struct boot_trace *t, bool by_itself)
{
	const char *entry = by_itself || !t->entry ? "" : t->entry;
	struct buffer b = BUFFER_NONE;

	buffer_add_str(&b, by_itself ? "default" : "menu ");
	text_add_printable(&b, entry, strlen(entry), 1024);
	buffer_addf(&b, "%s%s", f->state[f->at_state].key, f->layout->key);
	return buffer_steal(&b);
}

static bool is_today(const struct finder *f)
{
	return f->first_layout && f->at_state == 0;
}

/* Takes the prediction over. why: NULL for a way that starts. */
static int add_way(struct finder *f, struct prediction *p, const struct way *like, const char *title,
		   const char *why)
{
	struct way *grown = reallocarray(f->found.way, f->found.n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	f->found.way = grown;
	grown += f->found.n;
	*grown = *like;
	grown->changes = !f->first_layout + (f->at_state > 0);
	grown->key = make_key(f, &p->trace, like->by_itself);
	grown->stem = make_stem(f, &p->trace, like->by_itself);
	grown->title = strdup(title);
	grown->why = why ? strdup(why) : NULL;
	grown->prediction = *p;
	*p = PREDICTION_NONE;
	f->found.n++;
	return grown->key && grown->stem && grown->title && (!why || grown->why) ? 0 : -ENOMEM;
}

/* 0: it can be a boot path; else -EPERM and why not. */
static int judge(const struct finder *f, const struct prediction *p, struct error *why)
{
	const char *word;
	size_t n;

	if (p->trace.outcome == BOOT_IMAGE)
		return error_set(why, -EPERM, "it starts a different loader, '%s'", p->trace.image);
	if (p->trace.outcome != BOOT_LINUX)
		return f->chain.loader->why_nothing ? f->chain.loader->why_nothing(&f->chain, &p->trace, why)
						    : error_set(why, -EPERM, "it does not start Linux");
	if (p->trace.initrd_count == 0)
		return error_set(why, -EPERM, "it has no initrd that could close the window");
	if (!f->o->root_shells && cmdline_gives_root_shell(p->trace.cmdline, &word, &n))
		return error_set(why, -EPERM, "it gives a root shell ('%.*s' on its command line)", (int)n,
				 word);
	return 0;
}

/* "UEFI Firmware Settings", "Reboot" and the like: nobody expects a branch for them. */
static bool is_no_boot(const struct prediction *p, bool by_itself)
{
	return !by_itself && !p->trace.unsupported &&
	       (p->trace.outcome == BOOT_ENDS || p->trace.outcome == BOOT_WAITS);
}

/* The model cannot say what it measures; what it writes, it may know. */
static int walk_unseen(struct finder *f, const struct boot_choice *choice, const char *title,
		       const struct error *why)
{
	struct way like = { .by_itself = !choice->path,
			    .kind = choice->path ? WAY_OTHER : WAY_DEFAULT,
			    .fate = WAY_UNSEEN };
	struct boot_trace t = { .kernel = NULL };
	struct prediction none = PREDICTION_NONE;
	struct error ignored = ERROR_NONE;
	int r = 0;

	if (f->chain.loader->run(&f->chain, choice, &ignored, &t) == 0)
		r = follow(f, &t);
	boot_trace_free(&t);
	if (r == 0 && is_today(f))
		r = add_way(f, &none, &like, title, why->text);
	return r;
}

/* entry: where what it writes is noted; NULL for the untouched boot. */
static int walk(struct finder *f, const struct boot_choice *choice, const char *title,
		struct way_entry *entry)
{
	struct way like = { .by_itself = !choice->path };
	struct prediction p = PREDICTION_NONE;
	struct error why = ERROR_NONE;
	int r;

	r = predict(&f->chain, choice, &why, &p);
	if (is_failure(r))
		return failed(f, r, &why);
	if (r < 0) {
		if (!*why.text)
			error_set(&why, r, "%s", strerror(-r));
		return walk_unseen(f, choice, title, &why);
	}
	if (entry && is_today(f))
		entry->writes = p.trace.write_count > 0;
	like.kind = like.by_itself && f->at_state == 0 ? WAY_DEFAULT : way_entry_kind(&f->menu, &p.trace);
	if (like.by_itself && is_today(f))
		f->found.default_lacks_initrd = p.trace.outcome == BOOT_LINUX && p.trace.initrd_count == 0;
	r = follow(f, &p.trace);
	if (r == 0 && judge(f, &p, &why) == 0)
		r = add_way(f, &p, &like, title, NULL);
	else if (r == 0 && is_today(f) && !is_no_boot(&p, like.by_itself)) {
		like.fate = WAY_UNFIT;
		r = add_way(f, &p, &like, title, why.text);
	}
	prediction_free(&p);
	return r;
}

static int walk_entry(struct finder *f, struct way_entry *e)
{
	const struct boot_choice choice = { .path = e->path, .force_menu = true };
	struct boot_trace t = { .kernel = NULL };
	struct error why = ERROR_NONE;
	int r;

	if (is_today(f) || e->kind != WAY_OTHER || f->menu.others <= OTHERS_MAX)
		return walk(f, &choice, e->title, e);
	if (!e->writes || !f->first_layout)
		return 0;
	r = f->chain.loader->run(&f->chain, &choice, &why, &t);
	if (is_failure(r))
		return failed(f, r, &why);
	r = r < 0 ? 0 : follow(f, &t);
	boot_trace_free(&t);
	return r;
}

static int add_entries(struct finder *f, const struct boot_entry *entry, size_t n)
{
	struct way_entry *e;
	int r = 0;

	for (size_t i = 0; i < n && f->menu.n < WAY_ENTRIES_MAX && r == 0; i++) {
		if (entry[i].submenu) {
			r = add_entries(f, entry[i].entries, entry[i].entry_count);
			continue;
		}
		e = &f->menu.entry[f->menu.n++];
		*e = (struct way_entry){ .path = strdup(entry[i].path), .kind = WAY_OTHER };
		e->title = strdup(entry[i].title ? entry[i].title : entry[i].path);
		r = e->path && e->title ? 0 : -ENOMEM;
	}
	return r;
}

static int list_entries(struct finder *f)
{
	struct boot_menu menu = { .entries = NULL };
	int r;

	f->menu.entry = calloc(WAY_ENTRIES_MAX, sizeof(*f->menu.entry));
	if (!f->menu.entry)
		return -ENOMEM;
	r = f->chain.loader->list(&f->chain, f->err, &menu);
	if (r == 0)
		r = add_entries(f, menu.entries, menu.entry_count);
	boot_menu_free(&menu);
	return r;
}

static int walk_menu(struct finder *f)
{
	const struct boot_choice untouched = { .path = NULL };
	size_t first = f->found.n;
	int r;

	r = walk(f, &untouched, "the default entry", NULL);
	if (r == 0 && is_today(f))
		r = list_entries(f);
	if (f->first_layout && f->at_state == 1)
		ways_tell_next_default(&f->found, first, &f->menu);
	for (size_t i = 0; i < f->menu.n && r == 0; i++)
		r = walk_entry(f, &f->menu.entry[i]);
	if (r == 0 && is_today(f))
		ways_tell_kinds(&f->found, &f->menu);
	return r;
}

/* The layout in all the states that its boots lead to. */
static int walk_states(struct finder *f, const struct boot_facts *base, const struct boot_variant *layout)
{
	int r = 0;

	f->base = base;
	f->layout = layout;
	f->chain = *base;
	f->state[0] = BOOT_VARIANT_NONE;
	f->state[0].own = base->own;
	f->state_count = 1;
	for (f->at_state = 0; f->at_state < f->state_count && r == 0; f->at_state++) {
		f->chain.own = f->state[f->at_state].own;
		r = walk_menu(f);
	}
	for (size_t i = 0; i < f->state_count; i++)
		boot_variant_free(&f->state[i]);
	f->state_count = 0;
	return r;
}

struct layouts {
	struct finder *f;
	const struct boot_facts *facts;
};

static int walk_layout(void *context, struct boot_variant *v)
{
	const struct layouts *l = context;
	struct boot_facts other = *l->facts;
	int r;

	other.own = v->own;
	r = walk_states(l->f, &other, v);
	boot_variant_free(v);
	return r;
}

int ways_find(const struct boot_facts *facts, const struct bootpath_options *o, struct error *err,
	      struct ways *ret)
{
	static const struct boot_variant as_it_is; /* no note and no key */
	struct finder f = { .o = o, .err = err, .first_layout = true };
	struct layouts other = { .f = &f, .facts = facts };
	int r;

	r = walk_states(&f, facts, &as_it_is);
	f.first_layout = false;
	if (r == 0 && facts->loader->layouts && !o->one_layout)
		r = facts->loader->layouts(facts, walk_layout, &other);
	for (size_t i = 0; i < f.menu.n; i++) {
		free(f.menu.entry[i].path);
		free(f.menu.entry[i].title);
	}
	free(f.menu.entry);
	if (r == 0)
		*ret = f.found;
	else
		ways_free(&f.found);
	return r;
}

void ways_free(struct ways *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->way[i].key);
		free(w->way[i].stem);
		free(w->way[i].title);
		free(w->way[i].why);
		prediction_free(&w->way[i].prediction);
	}
	free(w->way);
	*w = WAYS_NONE;
}
