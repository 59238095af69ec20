#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/terminal.h"
#include "base/text.h"

#define SAY_INDENT 2
#define ROW_INDENT 13 /* of the titles, with a blank */

static const char *program = "bootseal";

void log_program(const char *name)
{
	program = name;
}

/* prefix and text together in one write, so that lines of several programs on a console do not mix */
__attribute__((format(printf, 4, 0))) static void print(FILE *f, size_t indent, const char *prefix,
							 const char *fmt, va_list ap)
{
	struct buffer line = BUFFER_NONE, wrapped = BUFFER_NONE;
	size_t width = terminal_width(fileno(f));
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	buffer_addf(&line, "%s%s", prefix, text ? text : fmt);
	if (width > 0)
		text_add_wrapped(&wrapped, buffer_str(&line), indent, width);
	fprintf(f, "%s\n", buffer_str(width > 0 && buffer_ok(&wrapped) ? &wrapped : &line));
	buffer_free(&wrapped);
	buffer_free(&line);
	free(text);
}

void log_say(const char *fmt, ...)
{
	char prefix[64];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "%s: ", program);
	va_start(ap, fmt);
	print(stderr, SAY_INDENT, prefix, fmt, ap);
	va_end(ap);
}

void log_print(size_t indent, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(stdout, indent, "", fmt, ap);
	va_end(ap);
}

void log_row(const char *title, const char *fmt, ...)
{
	char prefix[256];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "%-*s ", ROW_INDENT - 1, title);
	va_start(ap, fmt);
	print(stdout, ROW_INDENT, prefix, fmt, ap);
	va_end(ap);
}
