#include "cli/report_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define INDENT 3

/* Events that are one line together. */
struct together {
	size_t n, fresh; /* fresh: this boot has not measured them */
	pcr_mask pcrs;
	struct buffer names;
};

struct tree {
	const struct forecast_path *path;
	const struct event_list *now;
	unsigned depth;
	struct together actions, variables, keys;
	const struct event *image; /* the last one */
	bool commands;
	tree_line each;
	void *context;
};

static bool is_fresh(const struct tree *t, const struct event *e)
{
	if (!t->now)
		return false;
	for (size_t i = 0; i < t->now->n; i++)
		if (t->now->e[i].pcr == e->pcr && memcmp(t->now->e[i].digest, e->digest, SHA256_LEN) == 0)
			return false;
	return true;
}

__attribute__((format(printf, 3, 4))) static void line(struct tree *t, bool mark, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->each(t->context, t->depth < TREE_DEPTH_MAX ? t->depth : TREE_DEPTH_MAX, mark, text);
}

static void add(const struct tree *t, struct together *of, const struct event *e)
{
	buffer_addf(&of->names, "%s%s", of->n > 0 ? ", " : "", e->what);
	of->n++;
	of->pcrs |= PCR(e->pcr);
	of->fresh += is_fresh(t, e);
}

static void forget(struct together *of)
{
	buffer_free(&of->names);
	*of = (struct together){ .n = 0 };
}

/* They are alike, so what differs between two boots is how many there are. */
static bool as_many_actions(const struct tree *t)
{
	size_t n = 0;

	for (size_t i = 0; t->now && i < t->now->n; i++)
		n += t->now->e[i].pcr == 4 && t->now->e[i].kind == EVENT_ACTION;
	return !t->now || n == t->actions.n;
}

static void flush(struct tree *t)
{
	if (t->variables.n > 0)
		line(t, t->variables.fresh > 0, "%s [PCR %s]", buffer_str(&t->variables.names),
		     t->variables.pcrs == PCR(7)  ? "7" :
		     t->variables.pcrs == PCR(14) ? "14" :
						    "7, 14");
	if (t->actions.n > 0)
		line(t, t->actions.fresh > 0 || !as_many_actions(t), "%zu action%s of the firmware [PCR 4]",
		     t->actions.n, t->actions.n == 1 ? "" : "s");
	forget(&t->variables);
	forget(&t->actions);
}

/* GRUB's script goes on behind the kernel: all of it is said where it begins. */
static void say_commands(struct tree *t)
{
	struct together all = { .n = 0 };

	for (size_t i = 0; i < t->path->events.n; i++)
		if (t->path->events.e[i].kind == EVENT_COMMAND) {
			all.n++;
			all.fresh += is_fresh(t, &t->path->events.e[i]);
		}
	if (all.fresh > 0)
		line(t, true, "%zu commands, %zu of them not in this boot [PCR 8]", all.n, all.fresh);
	else
		line(t, false, "%zu commands [PCR 8]", all.n);
	t->commands = true;
}

/* Before the first image the firmware may have let drivers in. */
static const char *let_in(const struct tree *t)
{
	return t->keys.n == 0		   ? "" :
	       !t->image && t->keys.n > 1 ? ", it and the firmware's drivers let in by " :
					    ", let in by ";
}

static void say_image(struct tree *t, const struct event *e)
{
	/* shim and GRUB 2.06 have the same kernel verified twice */
	if (t->image && memcmp(t->image->digest, e->digest, SHA256_LEN) == 0)
		return;
	flush(t);
	line(t, is_fresh(t, e) || t->keys.fresh > 0, "%s [PCR %u]%s%s%s", e->what, e->pcr,
	     let_in(t), buffer_str(&t->keys.names),
	     t->keys.n > 0 ? " [PCR 7]" : "");
	forget(&t->keys);
	t->image = e;
	t->depth++;
}

static bool was_said(const struct tree *t, const struct event *e)
{
	const struct event *before = t->path->events.e;

	for (; before < e; before++)
		if (before->pcr == e->pcr && memcmp(before->digest, e->digest, SHA256_LEN) == 0 &&
		    strcmp(before->what, e->what) == 0)
			return true;
	return false;
}

/* What shim measures as an authority, although it lets nothing in: its mok.c. */
static bool is_setting(const struct event *e)
{
	return strcmp(e->what, "SbatLevel") == 0 || strcmp(e->what, "MokSBState") == 0;
}

static void say(struct tree *t, const struct event *e)
{
	if (e->kind == EVENT_IMAGE) {
		say_image(t, e);
	} else if (e->kind == EVENT_AUTHORITY && !is_setting(e)) {
		add(t, &t->keys, e);
	} else if (e->kind == EVENT_VARIABLE || e->kind == EVENT_AUTHORITY) {
		add(t, &t->variables, e);
	} else if (e->kind == EVENT_ACTION) {
		add(t, &t->actions, e);
	} else if (e->kind == EVENT_COMMAND && !t->commands) {
		flush(t);
		say_commands(t);
	} else if (e->kind != EVENT_COMMAND && e->kind != EVENT_SEPARATOR && !was_said(t, e)) {
		flush(t);
		line(t, is_fresh(t, e), "%s [PCR %u]", e->kind == EVENT_CMDLINE ? event_text(e) : e->what,
		     e->pcr);
	}
}

void report_tree_each(const struct forecast_path *p, const struct event_list *now, tree_line each,
		      void *context)
{
	struct tree t = { .path = p, .now = now, .each = each, .context = context };

	for (size_t i = 0; i < p->events.n; i++)
		say(&t, &p->events.e[i]);
	flush(&t);
	forget(&t.keys);
}

static void print_line(void *context, unsigned depth, bool mark, const char *text)
{
	const int indent = (int)depth * INDENT;
	bool *marked = context;

	log_print((size_t)indent + 4, "%s %*s%s", mark ? "*" : " ", indent, "", text);
	*marked |= mark;
}

void report_tree(const struct forecast_path *p, const struct event_list *now)
{
	bool marked = false;

	log_print(2, "%s", p->label);
	report_tree_each(p, now, print_line, &marked);
	if (marked)
		log_print(2, "*  this boot has not measured it, or not so");
}
