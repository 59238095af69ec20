/*
 * What the programs tell people. Never a secret, never raw bytes of a disk.
 *
 * What goes to a file or to the journal is one line. At a terminal, which may be the console of a boot, lines
 * end at its width and go on indented.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>

void log_program(const char *name); /* borrowed; once, at the start */
/* One message on stderr, with the program's name before it. */
void log_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line of a report on stdout; at a terminal it goes on after `indent` blanks. */
void log_print(size_t indent, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "Title        text", a row of a report on stdout; the title may be "". */
void log_row(const char *title, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
