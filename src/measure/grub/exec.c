/*
 * Models GRUB's script/execute.c. Every command is measured after expansion and before it is looked up, so
 * function calls, assignments and misspelt commands are in PCR 8 too.
 */
#include "measure/grub/exec.h"

#include <errno.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/cmd.h"
#include "measure/grub/foreign.h"
#include "measure/grub/grub.h"
#include "measure/grub/lines.h"
#include "measure/grub/measure.h"
#include "measure/grub/parse.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"
#include "measure/grub/words.h"

/* script/execute.c: MAX_RECURSION_DEPTH */
#define RECURSION_DEPTH 64u

static enum grub_err exec_cmd(struct grub *g, struct grub_cmd *c);

static void set_status(struct grub *g, enum grub_err r)
{
	grub_vars_set(g, "?", grub_format(g, "%d", (int)r));
}

static enum grub_err call_function(struct grub *g, struct grub_function *f, const struct grub_argv *args)
{
	struct grub_scope scope = { .argv = *args }, *old = g->scope;
	unsigned loops = g->active_loops;
	enum grub_err r;

	g->active_loops = 0;
	g->scope = &scope;
	f->executing++;
	r = exec_cmd(g, f->body);
	f->executing--;
	g->function_return = false;
	g->active_loops = loops;
	g->scope = old;
	return r;
}

/* A word that is neither a command nor a function: "name=value", or an error that does not change $? */
static enum grub_err assign(struct grub *g, const char *word)
{
	const char *eq = strchr(word, '=');
	char *name;

	if (eq) {
		name = grub_dup_n(g, word, (size_t)(eq - word));
		if (!(name[0] >= '0' && name[0] <= '9') && strcmp(name, "#") && strcmp(name, "*") &&
		    strcmp(name, "@"))
			grub_vars_set(g, name, eq + 1);
	}
	g->grub_errno = GRUB_OK;
	return GRUB_OK;
}

static enum grub_err invert(struct grub *g, enum grub_err r)
{
	if (r == GRUB_ERR_TEST_FAILURE) {
		g->grub_errno = GRUB_OK;
		return GRUB_OK;
	}
	if (r == GRUB_OK)
		return grub_fail(g, GRUB_ERR_TEST_FAILURE);
	g->grub_errno = GRUB_OK;
	return GRUB_OK;
}

static enum grub_err run_command(struct grub *g, const struct grub_cmd_entry *e, const struct grub_call *call)
{
	if (g->extractor_level && !(e->flags & CMD_EXTRACTOR))
		return grub_fail(g, GRUB_ERR_EXTRACTOR);
	if (!e->run)
		grub_unmodelled(g, "command '%s' is not modelled", call->name);
	return e->run(g, call);
}

static enum grub_err exec_line(struct grub *g, struct grub_cmd *c)
{
	const struct grub_cmd_entry *entry = NULL;
	struct grub_argv v = { 0 };
	struct grub_text text = { 0 };
	struct grub_function *f = NULL;
	struct grub_call call;
	enum grub_lookup found;
	size_t i, skip;
	enum grub_err r;

	if (++g->steps > GRUB_MAX_STEPS)
		grub_stop(g, -E2BIG, "%s:%u: more than %u commands were executed", g->where_name, c->line,
			  GRUB_MAX_STEPS);
	g->where_line = c->line;
	if (!grub_expand(g, c->words, &v) || !v.count)
		return g->grub_errno;
	for (i = 0; i < v.count; i++) {
		if (i)
			grub_text_char(g, &text, ' ');
		grub_text_add(g, &text, v.args[i], strlen(v.args[i]));
	}
	grub_measure_text(g, "grub_cmd: ", grub_text_str(g, &text));
	skip = !strcmp(v.args[0], "!");
	if (skip && v.count < 2)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	call = (struct grub_call){ .name = v.args[skip] };
	call.argv = (struct grub_argv){ .args = v.args + skip + 1, .count = v.count - skip - 1,
					.has_block = v.has_block };
	found = grub_cmd_find(g, call.name, &entry);
	if (found == LOOKUP_NONE) {
		g->grub_errno = GRUB_OK;
		for (f = g->functions; f && strcmp(f->name, call.name); f = f->next)
			;
		if (!f) {
			grub_foreign_note(g, call.name);
			return assign(g, call.name);
		}
	}
	if (found == LOOKUP_FAILED)
		grub_foreign_note(g, call.name);
	if (f)
		r = call_function(g, f, &call.argv);
	else if (found == LOOKUP_FAILED)
		r = g->grub_errno;
	else
		r = run_command(g, entry, &call);
	if (skip)
		r = invert(g, r);
	/* grub_print_error() */
	g->grub_errno = GRUB_OK;
	set_status(g, r);
	return r;
}

static enum grub_err exec_list(struct grub *g, struct grub_cmd *list)
{
	enum grub_err r = GRUB_OK;
	struct grub_cmd *c;

	for (c = list->first; c && !g->active_breaks; c = c->next) {
		r = exec_cmd(g, c);
		if (g->function_return)
			break;
	}
	return r;
}

static enum grub_err exec_if(struct grub *g, struct grub_cmd *c)
{
	const char *status;
	enum grub_err r = exec_cmd(g, c->cond);

	if (g->function_return)
		return r;
	status = grub_vars_get(g, "?");
	g->grub_errno = GRUB_OK;
	return exec_cmd(g, status && !strcmp(status, "0") ? c->body : c->otherwise);
}

static enum grub_err exec_for(struct grub *g, struct grub_cmd *c)
{
	struct grub_argv v = { 0 };
	enum grub_err r = GRUB_OK;
	size_t i;

	if (!grub_expand(g, c->words, &v))
		return g->grub_errno;
	g->active_loops++;
	for (i = 0; i < v.count; i++) {
		if (g->is_continue && g->active_breaks == 1)
			g->active_breaks = 0;
		if (g->active_breaks)
			continue;
		grub_vars_set(g, c->name, v.args[i]);
		r = exec_cmd(g, c->body);
		if (g->function_return)
			break;
	}
	if (g->active_breaks)
		g->active_breaks--;
	g->active_loops--;
	return r;
}

static enum grub_err exec_while(struct grub *g, struct grub_cmd *c)
{
	enum grub_err r;

	g->active_loops++;
	for (;;) {
		/* a loop with empty condition and body executes no command, but must end here too */
		if (++g->steps > GRUB_MAX_STEPS)
			grub_stop(g, -E2BIG, "%s:%u: a loop does not end", g->where_name, c->line);
		r = exec_cmd(g, c->cond);
		if (g->function_return || (c->kind == CMD_UNTIL ? r == GRUB_OK : r != GRUB_OK))
			break;
		r = exec_cmd(g, c->body);
		if (g->function_return)
			break;
		if (g->active_breaks == 1 && g->is_continue)
			g->active_breaks = 0;
		if (g->active_breaks)
			break;
	}
	if (g->active_breaks)
		g->active_breaks--;
	g->active_loops--;
	return r;
}

static enum grub_err exec_cmd(struct grub *g, struct grub_cmd *c)
{
	enum grub_err r = GRUB_OK;

	if (!c)
		return GRUB_OK;
	/*
	 * GRUB does not decrement the depth when it refuses, so each refusal makes further ones more likely
	 */
	if (++g->recursion_depth >= RECURSION_DEPTH)
		return grub_fail(g, GRUB_ERR_RECURSION_DEPTH);
	switch (c->kind) {
	case CMD_LINE:
		r = exec_line(g, c);
		break;
	case CMD_LIST:
		r = exec_list(g, c);
		break;
	case CMD_IF:
		r = exec_if(g, c);
		break;
	case CMD_FOR:
		r = exec_for(g, c);
		break;
	case CMD_WHILE: case CMD_UNTIL:
		r = exec_while(g, c);
		break;
	}
	g->recursion_depth--;
	set_status(g, r);
	return r;
}

enum grub_err grub_exec(struct grub *g, struct grub_cmd *script)
{
	return exec_cmd(g, script);
}

/*
 * Runs a text line by line: the body of a menu entry, the argument of eval. A syntax error ends it. For
 * messages, lines are counted from first_line.
 */
static enum grub_err run_text(struct grub *g, const char *source, unsigned first_line)
{
	struct grub_lines lines = { .at = source, .end = source + strlen(source), .line = first_line - 1 };
	unsigned saved = g->where_line;
	enum grub_err r = GRUB_OK;
	struct grub_cmd *script;
	const char *line;

	lines.name = g->where_name;
	while ((line = grub_lines_next(g, &lines))) {
		if (!grub_parse(g, &lines, line, &script)) {
			r = g->grub_errno;
			break;
		}
		r = exec_cmd(g, script);
	}
	g->where_line = saved;
	return r;
}

enum grub_err grub_exec_source(struct grub *g, const char *source)
{
	return run_text(g, source, 1);
}

enum grub_err grub_exec_entry(struct grub *g, const char *source, const struct grub_argv *args,
			      unsigned first_line)
{
	struct grub_scope scope = { .argv = *args }, *old = g->scope;
	enum grub_err r;

	g->scope = &scope;
	r = run_text(g, source, first_line);
	g->scope = old;
	return r;
}
