#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/terminal.h"
#include "base/text.h"

#define SAY_INDENT 2
#define ROW_INDENT 13 /* of the titles, with a blank */
#define PRIORITY_DEBUG 7
#define LONG_MS 100   /* the time of a step is worth a word */

static const char *program = "bootseal";
static enum log_level level = LOG_LEVEL_NORMAL;
static bool marked; /* with their priorities */
static void (*listener)(int priority, const char *text);

void log_program(const char *name)
{
	program = name;
}

void log_listen(void (*hear)(int priority, const char *text))
{
	listener = hear;
}

void log_mark_priorities(void)
{
	marked = true;
}

void log_set_level(enum log_level to)
{
	level = to;
}

enum log_level log_level(void)
{
	return level;
}

/* green, yellow, red, as other programs of the command line have them */
static const char *const colours[] = {
	[LOG_MARK_GOOD] = "\033[32m",
	[LOG_MARK_WARNING] = "\033[33m",
	[LOG_MARK_BAD] = "\033[31m",
};

struct line {
	FILE *f;
	size_t indent;
	const char *prefix; /* which has no colour */
	enum log_mark mark;
};

/* prefix and text together in one write, so that lines of several programs on a console do not mix */
static void print_text(const struct line *l, const char *text)
{
	struct buffer line = BUFFER_NONE, wrapped = BUFFER_NONE;
	size_t width = terminal_width(fileno(l->f)), n = strlen(l->prefix);
	const char *all;

	buffer_addf(&line, "%s%s", l->prefix, text);
	if (width > 0)
		text_add_wrapped(&wrapped, buffer_str(&line), l->indent, width);
	all = buffer_str(width > 0 && buffer_ok(&wrapped) ? &wrapped : &line);
	/* a first word that is too long for the line begins on the next */
	if (colours[l->mark] && terminal_has_colours(fileno(l->f)) && strncmp(all, l->prefix, n) == 0)
		fprintf(l->f, "%s%s%s\033[0m\n", l->prefix, colours[l->mark], all + n);
	else
		fprintf(l->f, "%s\n", all);
	buffer_free(&wrapped);
	buffer_free(&line);
}

__attribute__((format(printf, 2, 0))) static void print(const struct line *l, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	print_text(l, text ? text : fmt);
	free(text);
}

static void add_prefix(int priority, char ret[static 64])
{
	if (marked)
		snprintf(ret, 64, "<%d>", priority); /* the journal knows whose it is */
	else
		snprintf(ret, 64, "%s: ", program);
}

__attribute__((format(printf, 2, 0))) static void say(int priority, const char *fmt, va_list ap)
{
	char prefix[64], *text = NULL;
	va_list again;

	add_prefix(priority, prefix);
	va_copy(again, ap);
	print(&(struct line){ stderr, SAY_INDENT, prefix, LOG_MARK_NONE }, fmt, ap);
	if (listener && vasprintf(&text, fmt, again) >= 0)
		listener(priority, text);
	va_end(again);
	free(text);
}

__attribute__((format(printf, 3, 0))) static void print_row(enum log_mark mark, const char *title,
							     const char *fmt, va_list ap)
{
	char prefix[256];

	snprintf(prefix, sizeof(prefix), "%-*s ", ROW_INDENT - 1, title);
	print(&(struct line){ stdout, ROW_INDENT, prefix, mark }, fmt, ap);
}

void log_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_PRIORITY_WARNING, fmt, ap);
	va_end(ap);
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level >= LOG_LEVEL_NORMAL)
		say(LOG_PRIORITY_INFO, fmt, ap);
	va_end(ap);
}

/* Names of files may be anybody's. ms: 0 is not worth a word. No listener hears it. */
__attribute__((format(printf, 2, 0))) static void say_step(int64_t ms, const char *fmt, va_list ap)
{
	char prefix[64], took[32] = "", *words = NULL;
	struct buffer text = BUFFER_NONE;

	if (vasprintf(&words, fmt, ap) < 0)
		return;
	text_make_printable(words);
	if (ms >= LONG_MS)
		snprintf(took, sizeof(took), " (%lld.%lld s)", (long long)ms / 1000,
			 (long long)ms % 1000 / 100);
	add_prefix(PRIORITY_DEBUG, prefix);
	buffer_addf(&text, "%s%s", words, took);
	print_text(&(struct line){ stderr, SAY_INDENT, prefix, LOG_MARK_NONE }, buffer_str(&text));
	buffer_free(&text);
	free(words);
}

void log_step(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level >= LOG_LEVEL_VERBOSE)
		say_step(0, fmt, ap);
	va_end(ap);
}

int64_t log_begin(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void log_step_since(int64_t began, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level >= LOG_LEVEL_VERBOSE)
		say_step(log_begin() - began, fmt, ap);
	va_end(ap);
}

void log_print(size_t indent, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(&(struct line){ stdout, indent, "", LOG_MARK_NONE }, fmt, ap);
	va_end(ap);
}

void log_row(const char *title, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_row(LOG_MARK_NONE, title, fmt, ap);
	va_end(ap);
}

void log_print_marked(enum log_mark mark, size_t indent, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(&(struct line){ stdout, indent, "", mark }, fmt, ap);
	va_end(ap);
}

void log_row_marked(enum log_mark mark, const char *title, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_row(mark, title, fmt, ap);
	va_end(ap);
}

void log_note_print(size_t indent, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level >= LOG_LEVEL_NORMAL)
		print(&(struct line){ stdout, indent, "", LOG_MARK_NONE }, fmt, ap);
	va_end(ap);
}

void log_note_row(const char *title, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (level >= LOG_LEVEL_NORMAL)
		print_row(LOG_MARK_NONE, title, fmt, ap);
	va_end(ap);
}
