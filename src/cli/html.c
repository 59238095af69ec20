#include "cli/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/html_style.h"
#include "hash/hash.h"

static void add_escaped(struct buffer *b, const char *s)
{
	static const char special[] = "&<>\"'";
	static const char *const references[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	size_t n;

	for (; *s; s += n) {
		n = strcspn(s, special);
		buffer_add(b, s, n);
		if (n == 0) {
			buffer_add_str(b, references[strchr(special, *s) - special]);
			n = 1;
		}
	}
}

void html_text(struct buffer *b, const char *text)
{
	char *copy = strdup(text ? text : "");

	if (!copy) {
		b->failed = true;
		return;
	}
	text_make_printable(copy);
	add_escaped(b, copy);
	free(copy);
}

static void add_formatted(struct buffer *b, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		b->failed = true;
		return;
	}
	html_text(b, text);
	free(text);
}

/* The text of a function whose last arguments are a format and what belongs to it. */
#define ADD_ARGUMENTS(b, fmt)              \
	do {                               \
		va_list ap;                \
                                           \
		va_start(ap, fmt);         \
		add_formatted(b, fmt, ap); \
		va_end(ap);                \
	} while (0)

void html_textf(struct buffer *b, const char *fmt, ...)
{
	ADD_ARGUMENTS(b, fmt);
}

/* U+2713 check mark, U+2717 ballot X, question mark, U+2260 not equal, U+2022 bullet */
static const struct {
	const char *class, *sign;
} marks[] = {
	[HTML_GOOD] = { "good", "&#10003;" },  [HTML_BAD] = { "bad", "&#10007;" },
	[HTML_UNSURE] = { "unsure", "?" },     [HTML_DIFFERS] = { "unsure", "&#8800;" },
	[HTML_PLAIN] = { "plain", "&#8226;" },
};

void html_sign(struct buffer *b, enum html_mark mark, const char *meaning)
{
	buffer_addf(b, "<strong class=\"%s\">%s<span class=\"heard\"> ", marks[mark].class, marks[mark].sign);
	html_text(b, meaning);
	buffer_add_str(b, "</span></strong>");
}

void html_mark(struct buffer *b, enum html_mark mark, const char *fmt, ...)
{
	buffer_addf(b, "<strong class=\"%s\">%s ", marks[mark].class, marks[mark].sign);
	ADD_ARGUMENTS(b, fmt);
	buffer_add_str(b, "</strong>");
}

void html_paragraph(struct buffer *b, const char *fmt, ...)
{
	buffer_add_str(b, "<p>");
	ADD_ARGUMENTS(b, fmt);
	buffer_add_str(b, "</p>\n");
}

void html_code(struct buffer *b, const char *text)
{
	buffer_add_str(b, "<code>");
	html_text(b, text);
	buffer_add_str(b, "</code>");
}

void html_section(struct buffer *b, const char *id, const char *title)
{
	buffer_addf(b, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">", id, id, id);
	html_text(b, title);
	buffer_add_str(b, "</h2>\n");
}

void html_section_end(struct buffer *b)
{
	buffer_add_str(b, "</section>\n");
}

void html_heading(struct buffer *b, const char *title)
{
	buffer_add_str(b, "<h3>");
	html_text(b, title);
	buffer_add_str(b, "</h3>\n");
}

void html_table(struct buffer *b, const char *caption, const char *const *columns)
{
	buffer_add_str(b, columns ? "<table class=\"list\">\n<caption>" : "<table>\n<caption>");
	html_text(b, caption);
	buffer_add_str(b, "</caption>\n");
	if (!columns)
		return;
	buffer_add_str(b, "<thead><tr>");
	for (size_t i = 0; columns[i]; i++) {
		buffer_add_str(b, "<th scope=\"col\">");
		html_text(b, columns[i]);
		buffer_add_str(b, "</th>");
	}
	buffer_add_str(b, "</tr></thead>\n");
}

void html_table_end(struct buffer *b)
{
	buffer_add_str(b, "</table>\n");
}

/* The ends of cells and rows may be left out (HTML, 13.1.2.4). */
void html_row(struct buffer *b, const char *fmt, ...)
{
	buffer_add_str(b, "<tr><th scope=\"row\">");
	ADD_ARGUMENTS(b, fmt);
	buffer_add_str(b, "</th>");
}

void html_cell(struct buffer *b)
{
	buffer_add_str(b, "<td>");
}

void html_fact(struct buffer *b, const char *title, const char *fmt, ...)
{
	html_row(b, "%s", title);
	html_cell(b);
	ADD_ARGUMENTS(b, fmt);
	buffer_add_str(b, "\n");
}

void html_group(struct buffer *b, unsigned n, const char *fmt, ...)
{
	buffer_addf(b, "<tbody><tr><th scope=\"rowgroup\" colspan=\"%u\">", n);
	ADD_ARGUMENTS(b, fmt);
	buffer_add_str(b, "</th></tr>\n");
}

/* Nothing is fetched and nothing runs, whatever gets into the page: only this very style sheet is allowed. */
static void add_policy(struct buffer *b)
{
	uint8_t digest[SHA256_LEN];

	if (hash_sha256(html_style, strlen(html_style), digest) < 0) {
		b->failed = true;
		return;
	}
	buffer_add_str(b, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
			  "base-uri 'none'; form-action 'none'; style-src 'sha256-");
	text_add_base64(b, digest, sizeof(digest));
	buffer_add_str(b, "'\">\n");
}

void html_begin(struct buffer *b, const char *title)
{
	buffer_add_str(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	add_policy(b);
	buffer_add_str(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			  "<meta name=\"color-scheme\" content=\"light dark\">\n"
			  "<meta name=\"robots\" content=\"noindex\">\n<title>");
	html_text(b, title);
	buffer_addf(b, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>", html_style);
	html_text(b, title);
	buffer_add_str(b, "</h1>\n");
}

void html_end(struct buffer *b)
{
	buffer_add_str(b, "</main>\n</body>\n</html>\n");
}
