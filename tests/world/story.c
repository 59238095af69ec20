#include "story.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum rest { NO_REST, MAY_HAVE, MUST_HAVE };

/* in the order of the enumeration */
static const struct word {
	const char *text;
	enum story_word word;
	enum rest rest;
} words[] = {
	{ "run", STORY_RUN, MUST_HAVE },
	{ "host", STORY_HOST, MUST_HAVE },
	{ "terminal", STORY_TERMINAL, MUST_HAVE },
	{ "install", STORY_INSTALL, MUST_HAVE },
	{ "purge", STORY_PURGE, MUST_HAVE },
	{ "boot", STORY_BOOT, MAY_HAVE },
	{ "power on", STORY_POWER_ON, MAY_HAVE },
	{ "measure", STORY_MEASURE, NO_REST },
	{ "file", STORY_FILE, MUST_HAVE },
	{ "append", STORY_APPEND, MUST_HAVE },
	{ "grubenv", STORY_GRUBENV, MUST_HAVE },
	{ "log", STORY_LOG, MUST_HAVE },
	{ "hardware", STORY_HARDWARE, MUST_HAVE },
	{ "says", STORY_SAYS, MUST_HAVE },
	{ "does not say", STORY_SAYS_NOT, MUST_HAVE },
	{ "exit", STORY_EXIT, MUST_HAVE },
	{ "opens", STORY_OPENS, NO_REST },
	{ "asks", STORY_ASKS, NO_REST },
	{ "warns", STORY_WARNS, NO_REST },
	{ "waits", STORY_WAITS, NO_REST },
	{ "restarts", STORY_RESTARTS, NO_REST },
	{ "is not enrolled", STORY_NOT_ENROLLED, NO_REST },
	{ "asked", STORY_ASKED, MUST_HAVE },
	{ "type", STORY_TYPE, MUST_HAVE },
	{ "|", STORY_TEXT, MAY_HAVE },
};

void story_fault(struct story_finding *f, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	if (f->line) /* the first one counts */
		return;
	f->line = line;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

const char *story_name(enum story_word word)
{
	return words[word].text;
}

bool story_is_action(enum story_word word)
{
	return word < STORY_SAYS;
}

static bool is_outcome(enum story_word word)
{
	return word >= STORY_OPENS && word <= STORY_NOT_ENROLLED;
}

static bool is_command(enum story_word word)
{
	return word <= STORY_PURGE;
}

size_t story_end_of(const struct story *s, size_t at)
{
	size_t end = at + 1;

	while (end < s->n && !story_is_action(s->line[end].word))
		end++;
	return end;
}

const struct story_line *story_find(const struct story *s, size_t at, enum story_word word)
{
	for (size_t i = at + 1; i < story_end_of(s, at); i++)
		if (s->line[i].word == word)
			return &s->line[i];
	return NULL;
}

static const struct word *word_of(const char *line)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i].text);

		if (strncmp(line, words[i].text, n) == 0 && (line[n] == ' ' || line[n] == '\0'))
			return &words[i];
	}
	return NULL;
}

/* Below which actions a line may be. */
static bool belongs(enum story_word word, enum story_word action)
{
	if (is_outcome(word))
		return action == STORY_BOOT;
	switch (word) {
	case STORY_EXIT:
		return is_command(action);
	case STORY_ASKED:
	case STORY_TYPE:
		return action == STORY_TERMINAL;
	case STORY_TEXT:
		return action == STORY_FILE || action == STORY_APPEND;
	default:
		return is_command(action) || action == STORY_BOOT;
	}
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* A file's lines keep their own blanks; anything else has none around it. */
static void add_line(struct story *s, unsigned int number, const char *line, struct story_finding *f)
{
	bool indented = isblank((unsigned char)*line);
	const char *text = line + strspn(line, " \t"), *rest;
	const struct word *w = word_of(text);
	struct story_line *l;

	if (!w || indented == story_is_action(w->word)) {
		story_fault(f, number, w ? "\"%s\" %s" : "no such word: \"%s\"%s", w ? w->text : text,
			    !w ? "" : indented ? "begins at the margin" : "is indented below an action");
		return;
	}
	rest = text + strlen(w->text);
	rest += w->word == STORY_TEXT ? *rest == ' ' : strspn(rest, " \t");
	if ((w->rest == NO_REST && *rest) || (w->rest == MUST_HAVE && !*rest))
		story_fault(f, number, *rest ? "\"%s\" has nothing behind it, but: %s"
					     : "something must follow \"%s\"%s", w->text, rest);
	if (w->word == STORY_EXIT && !is_number(rest))
		story_fault(f, number, "\"%s\" is no exit code", rest);
	l = realloc(s->line, (s->n + 1) * sizeof(*l));
	if (!l)
		abort();
	s->line = l;
	l[s->n++] = (struct story_line){ .number = number, .word = w->word, .rest = strdup(rest) };
}

/* A command that is never looked at is well where it ends with 0; a boot has to be looked at. */
static void check_action(const struct story *s, size_t at, struct story_finding *f)
{
	size_t end = story_end_of(s, at), outcomes = 0;

	for (size_t i = at + 1; i < end; i++) {
		const struct story_line *l = &s->line[i];

		if (!belongs(l->word, s->line[at].word))
			story_fault(f, l->number, "this says nothing about line %u", s->line[at].number);
		outcomes += is_outcome(l->word);
		if ((l->word == STORY_ASKED && (i + 1 == end || l[1].word != STORY_TYPE)) ||
		    (l->word == STORY_TYPE && l[-1].word != STORY_ASKED))
			story_fault(f, l->number, "\"asked\" and \"type\" come in pairs");
	}
	if (s->line[at].word == STORY_BOOT && outcomes != 1)
		story_fault(f, s->line[at].number,
			    "a boot needs one line that says how it ends, such as \"opens\" or \"asks\"");
}

static void check(const struct story *s, struct story_finding *f)
{
	bool expects = false;

	if (s->n > 0 && !story_is_action(s->line[0].word))
		story_fault(f, s->line[0].number, "nothing happened yet");
	for (size_t i = 0; i < s->n; i++) {
		expects |= !story_is_action(s->line[i].word) && s->line[i].word < STORY_ASKED;
		if (story_is_action(s->line[i].word))
			check_action(s, i, f);
	}
	if (!expects)
		story_fault(f, 1, "this story expects nothing");
}

bool story_parse(const char *file, const char *text, struct story *ret, struct story_finding *ret_finding)
{
	char *copy = strdup(text), *next = copy, *line, *more;
	unsigned int number = 0, first;

	*ret = (struct story){ .file = strdup(file) };
	*ret_finding = (struct story_finding){ .line = 0 };
	while ((line = strsep(&next, "\n"))) {
		first = ++number;
		/* a backslash at its end: the next line, too */
		while (next && *line && (more = line + strlen(line) - 1, *more == '\\')) {
			char *joined = next;

			strsep(&next, "\n");
			number++;
			*more = ' ';
			memmove(more + 1, joined, strlen(joined) + 1);
		}
		if (line[strspn(line, " \t")] && *line != '#')
			add_line(ret, first, line, ret_finding);
	}
	free(copy);
	check(ret, ret_finding);
	return ret_finding->line == 0;
}

void story_free(struct story *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->line[i].rest);
	free(s->line);
	free(s->file);
	*s = STORY_NONE;
}
