/*
 * Parts of an HTML page. Markup comes from this program's source only: every text, whoever wrote it, goes
 * through html_text() or a function that uses it.
 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include "base/buffer.h"

/* Said in words, too: colour is never the only sign. */
enum html_mark { HTML_GOOD, HTML_BAD, HTML_UNSURE, HTML_DIFFERS, HTML_PLAIN };

/*
 * Adds the text such that a browser shows it and does nothing else: '<', '>', '&' and both quotes as
 * references, what could change the reading order or is no UTF-8 as '?' (text_make_printable()). NULL: "".
 */
void html_text(struct buffer *b, const char *text);
void html_textf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "[mark] words" */
void html_mark(struct buffer *b, enum html_mark mark, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The sign alone; its meaning is for those who hear the page. */
void html_sign(struct buffer *b, enum html_mark mark, const char *meaning);
/* A paragraph of text. */
void html_paragraph(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text in a typeface of equal widths, which may be broken anywhere. */
void html_code(struct buffer *b, const char *text);

/* A part of the page with its heading; id: a word of ours. */
void html_section(struct buffer *b, const char *id, const char *title);
void html_section_end(struct buffer *b);
void html_heading(struct buffer *b, const char *title);

/* A table with these headings of columns (NULL terminated); NULL: one of titles and texts, for html_fact().
 */
void html_table(struct buffer *b, const char *caption, const char *const *columns);
void html_table_end(struct buffer *b);
/* The start of a row, with its heading; cells follow, each <td> by html_cell(). */
void html_row(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_cell(struct buffer *b);
/* A whole row of two. */
void html_fact(struct buffer *b, const char *title, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A row that is the heading of those below, over n columns. */
void html_group(struct buffer *b, unsigned n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* All before the first section, and behind the last. title: of the window and the page. */
void html_begin(struct buffer *b, const char *title);
void html_end(struct buffer *b);

#endif
