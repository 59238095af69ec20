/*
 * The grammar of GRUB's script/parser.y, by recursive descent.
 *
 * A token is peeked at only where bison's parser would: at the end of a construct the lexer must not be asked
 * for more before the construct is closed, because an open construct (refs) makes it read the next line. On a
 * syntax error the rest of the lines read so far is lost and parsing starts again with the next line, as in
 * GRUB.
 */
#include "measure/grub/parse.h"

#include <errno.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/lex.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

#define PARSE_DEPTH 64u

static struct grub_cmd *parse_command(struct grub_lexer *x);

static enum grub_token peek(struct grub_lexer *x)
{
	return grub_lex_peek(x);
}

static bool accept(struct grub_lexer *x, enum grub_token token)
{
	if (peek(x) != token)
		return false;
	x->peeked = false;
	return true;
}

static bool expect(struct grub_lexer *x, enum grub_token token)
{
	if (accept(x, token))
		return true;
	x->failed = true;
	return false;
}

static struct grub_cmd *new_cmd(struct grub_lexer *x, enum grub_cmd_kind kind)
{
	struct grub_cmd *c = grub_alloc(x->g, sizeof(*c));

	c->kind = kind;
	c->line = x->lines->line;
	return c;
}

static void append_cmd(struct grub_cmd *list, struct grub_cmd *c)
{
	if (list->last)
		list->last->next = c;
	else
		list->first = c;
	list->last = c;
}

static void newlines(struct grub_lexer *x)
{
	while (accept(x, TOK_NEWLINE))
		;
}

/* delimiters1: one ";" or newline, then newlines; false when there is none */
static bool delimiters(struct grub_lexer *x)
{
	if (!accept(x, TOK_SEMI) && !accept(x, TOK_NEWLINE))
		return false;
	newlines(x);
	return true;
}

/* commands1 followed by delimiters1 (optional before "}"); stops at the first token that starts no command */
static struct grub_cmd *parse_commands(struct grub_lexer *x, bool delimiter_needed)
{
	struct grub_cmd *list = new_cmd(x, CMD_LIST), *c;
	enum grub_token t;

	newlines(x);
	for (;;) {
		c = parse_command(x);
		if (!c)
			return NULL;
		append_cmd(list, c);
		if (!delimiters(x)) {
			if (delimiter_needed)
				x->failed = true;
			break;
		}
		t = peek(x);
		if (t != TOK_NAME && t != TOK_WORD && t != TOK_IF && t != TOK_FOR && t != TOK_WHILE &&
		    t != TOK_UNTIL)
			break;
	}
	return x->failed ? NULL : list;
}

static struct grub_word *parse_block(struct grub_lexer *x)
{
	struct grub_word *w = grub_alloc(x->g, sizeof(*w));
	size_t start = x->record.len;

	x->peeked = false;
	x->refs++;
	x->recording++;
	if (!parse_commands(x, false) || !expect(x, TOK_RBRACE))
		return NULL;
	w->parts = grub_alloc(x->g, sizeof(*w->parts));
	w->parts->type = PART_BLOCK;
	w->parts->text = grub_dup_n(x->g, x->record.s + start, x->record.len - start - 1);
	x->recording--;
	if (!x->recording)
		x->record = (struct grub_text){ 0 };
	x->refs--;
	return w;
}

static bool is_argument(enum grub_token t)
{
	return t >= TOK_CASE && t <= TOK_WORD;
}

/* arguments0; appends to *tail */
static struct grub_word **parse_arguments(struct grub_lexer *x, struct grub_word **tail)
{
	while (is_argument(peek(x))) {
		*tail = grub_alloc(x->g, sizeof(**tail));
		(*tail)->parts = x->parts;
		tail = &(*tail)->next;
		x->peeked = false;
	}
	return tail;
}

static struct grub_cmd *parse_line(struct grub_lexer *x)
{
	struct grub_cmd *c = new_cmd(x, CMD_LINE);
	struct grub_word **tail = parse_arguments(x, &c->words);

	if (peek(x) == TOK_LBRACE) {
		*tail = parse_block(x);
		if (!*tail)
			return NULL;
	}
	return x->failed ? NULL : c;
}

/* ifclause, the whole chain of elif */
static struct grub_cmd *parse_if(struct grub_lexer *x)
{
	struct grub_cmd *first = NULL, **slot = &first, *c;

	x->refs++;
	do {
		c = new_cmd(x, CMD_IF);
		*slot = c;
		slot = &c->otherwise;
		c->cond = parse_commands(x, true);
		if (!c->cond || !expect(x, TOK_THEN))
			return NULL;
		c->body = parse_commands(x, true);
		if (!c->body)
			return NULL;
	} while (accept(x, TOK_ELIF));
	if (accept(x, TOK_ELSE)) {
		c->otherwise = parse_commands(x, true);
		if (!c->otherwise)
			return NULL;
	}
	if (!expect(x, TOK_FI))
		return NULL;
	x->refs--;
	return first;
}

static bool parse_do(struct grub_lexer *x, struct grub_cmd *c)
{
	if (!expect(x, TOK_DO))
		return false;
	c->body = parse_commands(x, true);
	if (!c->body || !expect(x, TOK_DONE))
		return false;
	x->refs--;
	return true;
}

static struct grub_cmd *parse_for(struct grub_lexer *x)
{
	struct grub_cmd *c = new_cmd(x, CMD_FOR);

	if (peek(x) != TOK_NAME) {
		x->failed = true;
		return NULL;
	}
	c->name = x->parts->text;
	x->peeked = false;
	x->refs++;
	if (!expect(x, TOK_IN))
		return NULL;
	parse_arguments(x, &c->words);
	if (!delimiters(x))
		x->failed = true;
	return !x->failed && parse_do(x, c) ? c : NULL;
}

static struct grub_cmd *parse_while(struct grub_lexer *x, enum grub_cmd_kind kind)
{
	struct grub_cmd *c = new_cmd(x, kind);

	x->refs++;
	c->cond = parse_commands(x, true);
	return c->cond && parse_do(x, c) ? c : NULL;
}

static struct grub_cmd *parse_command(struct grub_lexer *x)
{
	struct grub_cmd *c = NULL;

	if (x->g->parse_depth >= PARSE_DEPTH)
		grub_stop(x->g, -E2BIG, "%s:%u: blocks are nested more than %u deep", x->lines->name,
			  x->lines->line, PARSE_DEPTH);
	x->g->parse_depth++;
	switch (peek(x)) {
	case TOK_NAME: case TOK_WORD:
		c = parse_line(x);
		break;
	case TOK_IF:
		x->peeked = false;
		c = parse_if(x);
		break;
	case TOK_FOR:
		x->peeked = false;
		c = parse_for(x);
		break;
	case TOK_WHILE: case TOK_UNTIL:
		x->peeked = false;
		c = parse_while(x, x->token == TOK_WHILE ? CMD_WHILE : CMD_UNTIL);
		break;
	default:
		x->failed = true;
	}
	x->g->parse_depth--;
	return c;
}

/* script/function.c: the function exists from here on, even if the rest of the line is malformed */
static void define_function(struct grub *g, const char *name, struct grub_cmd *body)
{
	struct grub_function *f;

	for (f = g->functions; f; f = f->next)
		if (!strcmp(f->name, name))
			break;
	if (f && f->executing) {
		grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
		return;
	}
	if (!f) {
		f = grub_alloc(g, sizeof(*f));
		f->name = name;
		f->next = g->functions;
		g->functions = f;
	}
	f->body = body;
}

static void parse_function(struct grub_lexer *x)
{
	struct grub_cmd *body;
	const char *name;

	if (peek(x) != TOK_NAME) {
		x->failed = true;
		return;
	}
	name = x->parts->text;
	x->peeked = false;
	x->refs++;
	newlines(x);
	if (!expect(x, TOK_LBRACE))
		return;
	body = parse_commands(x, true);
	if (!body || !expect(x, TOK_RBRACE))
		return;
	define_function(x->g, name, body);
	x->refs--;
}

bool grub_parse(struct grub *g, struct grub_lines *lines, const char *first_line, struct grub_cmd **ret_cmd)
{
	struct grub_cmd *list = NULL, *c;
	struct grub_lexer x;

	grub_lex_start(&x, g, lines, first_line);
	newlines(&x);
	while (peek(&x) != TOK_END && !x.failed) {
		if (accept(&x, TOK_FUNCTION)) {
			parse_function(&x);
		} else {
			c = parse_command(&x);
			if (c && !list)
				list = new_cmd(&x, CMD_LIST);
			if (c)
				append_cmd(list, c);
		}
		if (!x.failed && !accept(&x, TOK_SEMI) && !accept(&x, TOK_NEWLINE))
			x.failed = true;
		newlines(&x);
	}
	*ret_cmd = x.failed ? NULL : list;
	return !x.failed;
}
