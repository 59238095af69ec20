/*
 * Models GRUB's script/yylex.l and script/lexer.c: the longest match wins, of two equal ones the rule that
 * comes first there. A word with quotes or variables in it is cut into parts in a second pass, as there.
 */
#include "measure/grub/lex.h"

#include <errno.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"

#define TOKEN_MAX 8192u

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_special(char c)
{
	return c == '?' || c == '#' || c == '*' || c == '@';
}

/* lexer.c, grub_script_lexer_yywrap: true when another line was read */
static bool more_input(struct grub_lexer *x)
{
	struct grub_text t = { 0 };
	const char *line;
	size_t n;

	if (!x->refs && !x->prefix)
		return false;
	line = grub_lines_next(x->g, x->lines);
	if (!line) {
		x->failed = true;
		return false;
	}
	if (x->prefix)
		grub_text_add(x->g, &t, x->prefix, strlen(x->prefix));
	x->prefix = NULL;
	n = strlen(line);
	grub_text_add(x->g, &t, line, n);
	if (!n || line[n - 1] != '\n')
		grub_text_char(x->g, &t, '\n');
	x->buf = t.s;
	x->len = t.len;
	x->at = 0;
	return true;
}

void grub_lex_start(struct grub_lexer *x, struct grub *g, struct grub_lines *lines, const char *first_line)
{
	struct grub_text t = { 0 };
	size_t n = strlen(first_line);

	*x = (struct grub_lexer){ .g = g, .lines = lines };
	grub_text_add(g, &t, first_line, n);
	if (!n || first_line[n - 1] != '\n')
		grub_text_char(g, &t, '\n');
	x->buf = t.s;
	x->len = t.len;
}

/* Length of a quoted string with its closing quote; 0: not closed. */
static size_t quoted_len(const char *s, char quote)
{
	size_t i;

	for (i = 1; s[i]; i++) {
		if (s[i] == quote)
			return i + 1;
		if (quote == '"' && s[i] == '\\' && !s[++i])
			return 0;
	}
	return 0;
}

static size_t variable_len(const char *s)
{
	size_t i = s[1] == '{' ? 2 : 1;
	size_t start = i;

	if (is_special(s[i]))
		i++;
	else if (is_digit(s[i]))
		while (is_digit(s[i]))
			i++;
	else if (is_name_start(s[i]))
		while (is_name_start(s[i]) || is_digit(s[i]))
			i++;
	if (i == start)
		return 0;
	if (s[1] != '{')
		return i;
	return s[i] == '}' ? i + 1 : 0;
}

/* One element of a WORD at s; 0 when none starts here. */
static size_t element_len(const char *s)
{
	size_t n;

	switch (*s) {
	case '\0': case ' ': case '\t': case '\n': case '{': case '}': case '|': case '&': case ';': case '<':
		case '>':
		return 0;
	case '"': case '\'':
		return quoted_len(s, *s);
	case '\\':
		return s[1] ? 2 : 0;
	case '$':
		if (s[1] == '"') {
			n = quoted_len(s + 1, '"');
			return n ? n + 1 : 0;
		}
		return variable_len(s);
	default:
		return 1;
	}
}

static void add_part(struct grub_lexer *x, struct grub_part ***tail, enum grub_part_type type,
		     struct grub_text *t)
{
	struct grub_part *p = grub_alloc(x->g, sizeof(*p));

	p->type = type;
	p->text = grub_text_str(x->g, t);
	**tail = p;
	*tail = &p->next;
	*t = (struct grub_text){ 0 };
}

/*
 * Reads a variable's name at s (after the '$'); 0 when there is none, which is a syntax error inside quotes.
 */
static size_t split_variable(struct grub_lexer *x, const char *s, const char *end, enum grub_part_type type,
			     struct grub_part ***tail)
{
	struct grub_text t = { 0 };
	size_t n = variable_len(s - 1);
	bool braces = *s == '{';

	if (!n || s - 1 + n > end)
		return 0;
	grub_text_add(x->g, &t, s + braces, n - 1 - 2 * braces);
	add_part(x, tail, type, &t);
	return n - 1;
}

static const char *split_dquote(struct grub_lexer *x, const char *s, const char *end,
				struct grub_part ***tail)
{
	struct grub_text t = { 0 };
	size_t n;

	while (s < end && *s != '"') {
		if (*s == '$') {
			add_part(x, tail, PART_DQSTR, &t);
			n = split_variable(x, s + 1, end, PART_DQVAR, tail);
			if (!n)
				return NULL;
			s += 1 + n;
		} else if (*s == '\\' && s[1] == '\n') {
			s += 2;
		} else {
			if (*s == '\\' && (s[1] == '$' || s[1] == '\\' || s[1] == '"'))
				s++;
			grub_text_char(x->g, &t, *s++);
		}
	}
	add_part(x, tail, PART_DQSTR, &t);
	return s + 1;
}

static const char *split_i18n(struct grub_lexer *x, const char *s, const char *end, struct grub_part ***tail)
{
	struct grub_text t = { 0 };

	while (s < end && *s != '"') {
		if (*s == '\\' && s[1] == '\n') {
			s += 2;
		} else if (*s == '\\' && s[1] == '\\') {
			grub_text_add(x->g, &t, "\\\\", 2);
			s += 2;
		} else {
			if (*s == '\\' && s[1] == '"')
				s++;
			grub_text_char(x->g, &t, *s++);
		}
	}
	add_part(x, tail, PART_GETTEXT, &t);
	return s + 1;
}

/* The second pass over a word (start condition SPLIT). NULL: "$" without a variable inside double quotes. */
static struct grub_part *split_word(struct grub_lexer *x, const char *s, size_t len)
{
	const char *end = s + len;
	struct grub_part *first = NULL, **tail = &first;
	struct grub_text t = { 0 };
	size_t n;

	while (s && s < end) {
		if (*s == '\\' && s[1] == '\n') {
			s += 2;
		} else if (*s == '\\' && s + 1 < end) {
			grub_text_add(x->g, &t, s, 2);
			s += 2;
		} else if (*s == '"') {
			add_part(x, &tail, PART_TEXT, &t);
			s = split_dquote(x, s + 1, end, &tail);
		} else if (*s == '\'') {
			add_part(x, &tail, PART_TEXT, &t);
			n = quoted_len(s, '\'');
			grub_text_add(x->g, &t, s + 1, n - 2);
			add_part(x, &tail, PART_SQSTR, &t);
			s += n;
		} else if (*s == '$' && s[1] == '"') {
			/* the rule marks the text before it for translation too */
			add_part(x, &tail, PART_GETTEXT, &t);
			s = split_i18n(x, s + 2, end, &tail);
		} else if (*s == '$') {
			add_part(x, &tail, PART_TEXT, &t);
			n = split_variable(x, s + 1, end, PART_VAR, &tail);
			s = n ? s + 1 + n : NULL;
		} else {
			grub_text_char(x->g, &t, *s++);
		}
	}
	if (!s)
		return NULL;
	add_part(x, &tail, PART_TEXT, &t);
	return first;
}

static const struct {
	const char *text;
	enum grub_token token;
} reserved[] = {
	{ "[[", TOK_OTHER }, { "]]", TOK_OTHER }, { "case", TOK_CASE }, { "do", TOK_DO },
	{ "done", TOK_DONE }, { "elif", TOK_ELIF }, { "else", TOK_ELSE }, { "esac", TOK_ESAC },
	{ "fi", TOK_FI }, { "for", TOK_FOR }, { "if", TOK_IF }, { "in", TOK_IN }, { "select", TOK_SELECT },
	{ "then", TOK_THEN }, { "until", TOK_UNTIL }, { "while", TOK_WHILE }, { "function", TOK_FUNCTION },
};

static enum grub_token word_token(struct grub_lexer *x, const char *s, size_t n)
{
	struct grub_part **tail = &x->parts;
	struct grub_text t = { 0 };
	enum grub_token token = TOK_WORD;
	size_t i;

	for (i = 0; i < n && (is_name_start(s[i]) || (i && is_digit(s[i]))); i++)
		;
	if (i == n)
		token = TOK_NAME;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (reserved[i].text[0] == s[0] && strlen(reserved[i].text) == n &&
		    !memcmp(reserved[i].text, s, n))
			token = reserved[i].token;
	x->parts = NULL;
	if (token == TOK_WORD) {
		x->parts = split_word(x, s, n);
		return x->parts ? TOK_WORD : TOK_BAD;
	}
	grub_text_add(x->g, &t, s, n);
	add_part(x, &tail, PART_TEXT, &t);
	return token;
}

/* flex's buffer for a token has 8192 bytes (YYLMAX): a longer token aborts GRUB, which then boots nothing */
static void check_len(struct grub_lexer *x, size_t n)
{
	if (n >= TOKEN_MAX)
		grub_stop(x->g, -E2BIG, "%s:%u: a word or comment of %zu bytes makes GRUB abort",
			  x->lines->name, x->lines->line, n);
}

static enum grub_token take(struct grub_lexer *x, size_t n, enum grub_token token)
{
	check_len(x, n);
	if (x->recording)
		grub_text_add(x->g, &x->record, x->buf + x->at, n);
	x->at += n;
	return token;
}

/* A token that starts at x->at, which is not a blank; TOK_END: the word continues in the next line. */
static enum grub_token scan(struct grub_lexer *x)
{
	const char *s = x->buf + x->at;
	size_t word = 0, n;
	bool escaped_newline = false, unclosed;

	switch (*s) {
	case '\n':
		return take(x, 1, TOK_NEWLINE);
	case '{':
		return take(x, 1, TOK_LBRACE);
	case '}':
		return take(x, 1, TOK_RBRACE);
	case ';':
		return s[1] == ';' ? take(x, 2, TOK_OTHER) : take(x, 1, TOK_SEMI);
	case '|': case '&':
		return take(x, s[1] == *s ? 2 : 1, TOK_OTHER);
	case '<': case '>':
		return take(x, 1, TOK_OTHER);
	}
	while ((n = element_len(s + word)) > 0) {
		escaped_newline = s[word] == '\\' && s[word + 1] == '\n';
		word += n;
	}
	unclosed = s[word] == '"' || s[word] == '\'' || (s[word] == '$' && s[word + 1] == '"');
	/*
	 * the comment's rule is "#.*$": the length that flex compares includes the newline that "$" matches
	 */
	n = strcspn(s, "\n");
	if (*s == '#' && n + 1 >= (unclosed ? x->len - x->at : word))
		return take(x, n, TOK_END);
	if (unclosed || (escaped_newline && x->at + word == x->len)) {
		check_len(x, x->len - x->at);
		x->prefix = s;
		x->at = x->len;
		return TOK_END;
	}
	if (!word)
		return TOK_BAD;
	check_len(x, word);
	if (x->recording)
		grub_text_add(x->g, &x->record, s, word);
	x->at += word;
	return word_token(x, s, word);
}

enum grub_token grub_lex_peek(struct grub_lexer *x)
{
	size_t n;

	if (x->peeked)
		return x->token;
	x->peeked = true;
	x->token = TOK_END;
	while (!x->failed && !x->at_end && x->token == TOK_END) {
		n = strspn(x->buf + x->at, " \t");
		take(x, n, TOK_END);
		if (x->at < x->len)
			x->token = scan(x);
		else if (!more_input(x))
			x->at_end = true;
	}
	if (x->token == TOK_BAD)
		x->failed = true;
	if (x->failed)
		x->token = TOK_BAD;
	return x->token;
}
