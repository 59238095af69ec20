/*
 * Models GRUB's script/execute.c (grub_script_arglist_to_argv) and script/argv.c.
 *
 * Between expansion and wildcards a backslash protects the next character, so quoted text is escaped first
 * and unescaped at the end, as in GRUB. That is visible to scripts: an unquoted variable has rules of its
 * own.
 */
#include "measure/grub/words.h"

#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/gettext.h"
#include "measure/grub/glob.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"

static void append_str(struct grub *g, struct grub_argv *v, const char *s)
{
	grub_argv_append(g, v, s, strlen(s));
}

static void append_split(struct grub *g, struct grub_argv *v, const char *s)
{
	const char *start;

	while (grub_is_space(*s))
		s++;
	while (*s) {
		start = s;
		while (*s && !grub_is_space(*s))
			s++;
		grub_argv_append(g, v, start, (size_t)(s - start));
		while (grub_is_space(*s))
			s++;
		if (*s)
			grub_argv_next(g, v);
	}
}

static void append_escaped(struct grub *g, struct grub_argv *v, const char *s)
{
	struct grub_text t = { 0 };

	for (; *s; s++) {
		if (*s == '*' || *s == '\\' || *s == '?')
			grub_text_char(g, &t, '\\');
		grub_text_char(g, &t, *s);
	}
	append_str(g, v, grub_text_str(g, &t));
}

static void append_unescaped(struct grub *g, struct grub_argv *v, const char *s)
{
	struct grub_text t = { 0 };

	for (; *s; s++) {
		if (*s == '\\' && !*++s)
			break;
		grub_text_char(g, &t, *s);
	}
	append_str(g, v, grub_text_str(g, &t));
}

/*
 * The value of an unquoted variable: "\" becomes "\\", "\?" and "\*" become "\\\?" and "\\\*", "*" is kept.
 */
static void append_variable(struct grub *g, struct grub_argv *v, const char *s)
{
	struct grub_text t = { 0 };

	for (; *s; s++) {
		if (*s == '\\') {
			grub_text_char(g, &t, '\\');
			if (s[1] == '?' || s[1] == '*')
				grub_text_char(g, &t, '\\');
		}
		grub_text_char(g, &t, *s);
	}
	append_str(g, v, grub_text_str(g, &t));
}

static bool is_positional(const char *name)
{
	return (name[0] >= '0' && name[0] <= '9') || !strcmp(name, "#") || !strcmp(name, "*") ||
	       !strcmp(name, "@");
}

static void append_one(struct grub *g, struct grub_argv *v, const char *value, bool quoted)
{
	if (quoted)
		append_str(g, v, value);
	else
		append_split(g, v, value);
}

/* grub_script_env_get */
static void variable_values(struct grub *g, const char *name, bool quoted, struct grub_argv *v)
{
	const struct grub_argv *params = g->scope ? &g->scope->argv : NULL;
	const char *value;
	unsigned long n;
	size_t i;

	grub_argv_next(g, v);
	if (!is_positional(name)) {
		value = grub_vars_get(g, name);
		if (value && value[0])
			append_one(g, v, value, quoted);
	} else if (!params) {
		return;
	} else if (!strcmp(name, "#")) {
		append_str(g, v, grub_format(g, "%zu", params->count));
	} else if (!strcmp(name, "*") || !strcmp(name, "@")) {
		for (i = 0; i < params->count; i++) {
			if (i && quoted && name[0] == '*')
				append_str(g, v, " ");
			else if (i)
				grub_argv_next(g, v);
			append_one(g, v, params->args[i], quoted);
		}
	} else {
		n = grub_number(g, name, NULL, 10);
		if (n && n <= params->count)
			append_one(g, v, params->args[n - 1], quoted);
	}
}

static void expand_variable(struct grub *g, const struct grub_part *p, struct grub_argv *v)
{
	struct grub_argv values = { 0 };
	bool quoted = p->type == PART_DQVAR;
	size_t i;

	variable_values(g, p->text, quoted, &values);
	for (i = 0; i < values.count && values.args[i]; i++) {
		if (i)
			grub_argv_next(g, v);
		if (quoted)
			append_escaped(g, v, values.args[i]);
		else
			append_variable(g, v, values.args[i]);
	}
}

/* The value of a variable that the untranslated text of $"..." names. */
static const char *gettext_value(struct grub *g, const char *name, size_t n)
{
	char *s = grub_dup_n(g, name, n);

	if (!strcmp(s, "#") && g->scope)
		return grub_format(g, "%zu", g->scope->argv.count);
	return grub_vars_get(g, s);
}

static size_t gettext_name_len(const char *s)
{
	size_t n = 0;

	if (s[0] >= '0' && s[0] <= '9')
		return strspn(s, "0123456789");
	if (s[0] == '?' || s[0] == '#')
		return 1;
	while (s[n] == '_' || (s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       (n && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

/* execute.c, parse_string */
static void append_gettext(struct grub *g, struct grub_argv *v, const char *orig)
{
	const char *s = grub_gettext(g, orig), *value, *name;
	struct grub_text t = { 0 };
	bool escaped = false;
	size_t n;

	if (s != orig && strchr(orig, '$'))
		grub_unmodelled(g, "a translated text with variables in it is not modelled");
	while (*s) {
		if (*s == '\\') {
			escaped = !escaped;
			if (!escaped)
				grub_text_char(g, &t, '\\');
			s++;
		} else if (*s == '$' && !escaped) {
			name = ++s;
			if (*s == '{') {
				name = s + 1;
				s = strchr(name, '}');
				if (!s)
					break;
				n = (size_t)(s++ - name);
			} else {
				n = gettext_name_len(s);
				s += n;
				if (!n) {
					grub_text_char(g, &t, '$');
					continue;
				}
			}
			value = gettext_value(g, name, n);
			if (value)
				grub_text_add(g, &t, value, strlen(value));
		} else {
			if (escaped && *s != '$')
				grub_text_char(g, &t, '\\');
			escaped = false;
			grub_text_char(g, &t, *s++);
		}
	}
	append_escaped(g, v, grub_text_str(g, &t));
}

static void expand_part(struct grub *g, const struct grub_part *p, struct grub_argv *v)
{
	switch (p->type) {
	case PART_VAR: case PART_DQVAR:
		expand_variable(g, p, v);
		break;
	case PART_TEXT:
		if (p->text[0])
			append_str(g, v, p->text);
		break;
	case PART_GETTEXT:
		append_gettext(g, v, p->text);
		break;
	case PART_DQSTR: case PART_SQSTR:
		append_escaped(g, v, p->text);
		break;
	case PART_BLOCK:
		append_str(g, v, "{");
		append_escaped(g, v, p->text);
		append_str(g, v, "}");
		v->has_block = true;
		break;
	}
}

bool grub_expand(struct grub *g, struct grub_word *words, struct grub_argv *ret_argv)
{
	struct grub_argv raw = { 0 }, v = { 0 }, *found;
	const struct grub_part *p;
	size_t i, j;

	if (!words)
		return false;
	for (; words; words = words->next) {
		grub_argv_next(g, &raw);
		for (p = words->parts; p; p = p->next)
			expand_part(g, p, &raw);
	}
	if (!raw.args[raw.count - 1])
		raw.count--;
	for (i = 0; i < raw.count; i++) {
		found = grub_glob(g, raw.args[i]);
		if (!found) {
			grub_argv_next(g, &v);
			append_unescaped(g, &v, raw.args[i]);
		}
		for (j = 0; found && j < found->count; j++) {
			grub_argv_next(g, &v);
			append_str(g, &v, found->args[j]);
		}
	}
	v.has_block = raw.has_block;
	*ret_argv = v;
	return true;
}
