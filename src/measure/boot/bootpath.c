#include "measure/boot/bootpath.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "measure/boot/bootpath_names.h"

#define STATES_MAX 8    /* of one layout that are followed */
#define ENTRIES_MAX 256 /* of one menu */

struct finder {
	const struct bootpath_options *o;
	struct bootpaths found;
	struct error *err;
	/* what is walked */
	const struct boot_facts *base;     /* a layout of the machine, */
	const struct boot_variant *layout; /* which this one is, */
	struct boot_facts chain;           /* in one of these states: */
	struct boot_variant state[STATES_MAX]; /* the first is the layout as it is */
	size_t state_count, at_state;
	bool first_walk; /* the machine as it is: only here reasons are noted */
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

/* What this boot leaves behind is what the next one finds. */
static int follow(struct finder *f, const struct boot_trace *t)
{
	return f->base->loader->after ? f->base->loader->after(f->base, t, add_state, f) : 0;
}

static int leave_out(struct finder *f, const char *label, const char *why)
{
	struct bootpath_out *out;

	for (size_t i = 0; i < f->found.out_count; i++)
		if (strcmp(f->found.out[i].label, label) == 0 && strcmp(f->found.out[i].why, why) == 0)
			return 0;
	out = reallocarray(f->found.out, f->found.out_count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	f->found.out = out;
	out += f->found.out_count;
	*out = (struct bootpath_out){ .label = strdup(label), .why = strdup(why) };
	f->found.out_count++;
	return out->label && out->why ? 0 : -ENOMEM;
}

static void make_label(const struct finder *f, const struct prediction *p, bool by_itself, struct buffer *b)
{
	const char *release = boot_trace_release(&p->trace);
	const char *title = p->trace.entry_title ? p->trace.entry_title : "no entry";

	if (*release) {
		buffer_add_str(b, "Linux ");
		text_add_printable(b, release, strlen(release), 64);
	} else {
		text_add_printable(b, title, strlen(title), 64);
	}
	buffer_add_str(b, by_itself ? " (default" : " (from the menu");
	buffer_addf(b, "%s%s)", f->state[f->at_state].note, f->layout->note);
}

static void make_key(const struct finder *f, const struct prediction *p, bool by_itself, struct buffer *b)
{
	const char *entry = by_itself || !p->trace.entry ? "" : p->trace.entry;

	buffer_add_str(b, by_itself ? "default" : "menu ");
	text_add_printable(b, entry, strlen(entry), 1024);
	buffer_addf(b, "%s%s", f->state[f->at_state].key, f->layout->key);
}

static bool is_known(const struct finder *f, const struct prediction *p)
{
	for (size_t i = 0; i < f->found.n; i++)
		if (memcmp(f->found.path[i].prediction.pcrs, p->pcrs, sizeof(p->pcrs)) == 0)
			return true;
	return false;
}

static void bootpath_free(struct bootpath *p)
{
	free(p->key);
	free(p->label);
	free(p->release);
	prediction_free(&p->prediction);
}

/* Takes the prediction over. */
static int add_path(struct finder *f, struct prediction *p, bool by_itself, const char *label)
{
	struct buffer key = BUFFER_NONE;
	struct bootpath *path;

	if (f->found.n >= f->o->max)
		return leave_out(f, label, "the policy has no space for more branches");
	path = reallocarray(f->found.path, f->found.n + 1, sizeof(*path));
	if (!path)
		return -ENOMEM;
	f->found.path = path;
	path += f->found.n;
	make_key(f, p, by_itself, &key);
	*path = (struct bootpath){
		.key = buffer_steal(&key),
		.label = strdup(label),
		.release = strdup(boot_trace_release(&p->trace)),
		.is_default = by_itself && f->first_walk && f->at_state == 0,
	};
	if (!path->key || !path->label || !path->release) {
		bootpath_free(path);
		return -ENOMEM;
	}
	path->prediction = *p;
	*p = PREDICTION_NONE;
	f->found.n++;
	return 0;
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
	return f->o->admit ? f->o->admit(f->o->context, p, why) : 0;
}

/* "UEFI Firmware Settings", "Reboot" and the like: nobody expects a branch for them. */
static bool is_no_boot(const struct prediction *p, bool by_itself)
{
	return !by_itself && (p->trace.outcome == BOOT_ENDS || p->trace.outcome == BOOT_WAITS);
}

/*
 * The machine failed while the path was looked at, which says nothing about the path: the next try may well
 * see it.
 */
static bool is_failure(int r)
{
	return r == -ENOMEM || r == -EIO || r == -EMFILE || r == -ENFILE;
}

static int walk(struct finder *f, const struct boot_choice *choice, const char *title)
{
	struct prediction p = PREDICTION_NONE;
	struct error why = ERROR_NONE;
	struct buffer label = BUFFER_NONE;
	bool by_itself = choice->path == NULL, fit = false;
	int r;

	r = predict(&f->chain, choice, &why, &p);
	if (is_failure(r)) {
		error_set(f->err, r, "%s", *why.text ? why.text : strerror(-r));
		goto out;
	}
	if (r < 0) {
		r = f->first_walk ? leave_out(f, title, *why.text ? why.text : strerror(-r)) : 0;
		goto out;
	}
	make_label(f, &p, by_itself, &label);
	r = buffer_ok(&label) ? 0 : -ENOMEM;
	if (r == 0 && is_known(f, &p))
		goto out;
	if (by_itself && f->first_walk && f->at_state == 0)
		f->found.default_lacks_initrd = p.trace.outcome == BOOT_LINUX && p.trace.initrd_count == 0;
	if (r == 0) {
		r = judge(f, &p, &why);
		fit = r == 0;
		/* no word on the path, but a failure */
		if (r < 0 && r != -EPERM)
			error_set(f->err, r, "%s", why.text);
	}
	if (r == -EPERM && (!f->first_walk || is_no_boot(&p, by_itself)))
		r = 0;
	else if (r == -EPERM)
		r = leave_out(f, by_itself && p.trace.kernel ? buffer_str(&label) : title, why.text);
	else if (r == 0)
		r = follow(f, &p.trace);
	if (r == 0 && fit)
		r = add_path(f, &p, by_itself, buffer_str(&label));
out:
	buffer_free(&label);
	prediction_free(&p);
	return r;
}

static int walk_entries(struct finder *f, const struct boot_entry *entry, size_t n, size_t *left)
{
	int r = 0;

	for (size_t i = 0; i < n && *left > 0 && r == 0; i++) {
		struct boot_choice choice = { .path = entry[i].path, .force_menu = true };

		if (entry[i].submenu) {
			r = walk_entries(f, entry[i].entries, entry[i].entry_count, left);
			continue;
		}
		(*left)--;
		r = walk(f, &choice, entry[i].title ? entry[i].title : entry[i].path);
	}
	return r;
}

static int walk_menu(struct finder *f)
{
	const struct boot_choice untouched = { .path = NULL };
	struct boot_menu menu = { .entries = NULL };
	size_t left = ENTRIES_MAX;
	int r;

	r = walk(f, &untouched, "the default entry");
	if (r == 0)
		r = f->chain.loader->list(&f->chain, f->err, &menu);
	if (r == 0)
		r = walk_entries(f, menu.entries, menu.entry_count, &left);
	boot_menu_free(&menu);
	return r;
}

static const struct boot_variant as_it_is; /* no note and no key */

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
		f->first_walk = false;
	}
	for (size_t i = 0; i < f->state_count; i++)
		boot_variant_free(&f->state[i]);
	f->state_count = 0;
	return r;
}

struct finder_layouts {
	struct finder *f;
	const struct boot_facts *chain;
};

static int walk_layout(void *context, struct boot_variant *v)
{
	const struct finder_layouts *l = context;
	struct boot_facts other = *l->chain;
	int r;

	other.own = v->own;
	r = walk_states(l->f, &other, v);
	boot_variant_free(v);
	return r;
}

int bootpaths_find(const struct boot_facts *chain, const struct bootpath_options *o, struct error *err,
		   struct bootpaths *ret)
{
	struct finder f = { .o = o, .err = err, .first_walk = true };
	struct finder_layouts other = { .f = &f, .chain = chain };
	int r;

	r = walk_states(&f, chain, &as_it_is);
	if (r == 0 && chain->loader->layouts && !o->one_layout)
		r = chain->loader->layouts(chain, walk_layout, &other);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory while listing boot paths");
	if (r == 0)
		*ret = f.found;
	else
		bootpaths_free(&f.found);
	return r;
}

void bootpaths_free(struct bootpaths *b)
{
	for (size_t i = 0; i < b->n; i++)
		bootpath_free(&b->path[i]);
	for (size_t i = 0; i < b->out_count; i++) {
		free(b->out[i].label);
		free(b->out[i].why);
	}
	free(b->path);
	free(b->out);
	*b = BOOTPATHS_NONE;
}
