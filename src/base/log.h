/*
 * What the programs tell people. Never a secret, never raw bytes of a disk.
 *
 * At LOG_LEVEL_QUIET there are warnings, errors and what was asked for; what was done is said from
 * LOG_LEVEL_NORMAL on, and at LOG_LEVEL_VERBOSE also each step on the way: what is read, hashed, written and
 * run. Steps are the one thing that rooms below the programs say.
 *
 * What goes to a file or to the journal is one line. At a terminal, which may be the console of a boot, lines
 * end at its width and go on indented.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_QUIET, LOG_LEVEL_NORMAL, LOG_LEVEL_VERBOSE };

/* As syslog(3) counts them. */
#define LOG_PRIORITY_WARNING 4
#define LOG_PRIORITY_INFO 6

void log_program(const char *name); /* borrowed; once, at the start */
/* Is told each message of log_say() and log_note(), without the program's name. */
void log_listen(void (*hear)(int priority, const char *text));
/* From now on each message begins with "<4>" and its like (sd-daemon(3)): standard error is the journal. */
void log_mark_priorities(void);
void log_set_level(enum log_level level);
enum log_level log_level(void);

/* A warning or an error: one message on stderr, with the program's name before it. */
void log_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for what was done. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for a step on the way. */
void log_step(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For a step that may take long: when it began, and afterwards what it was, with the time that it took. */
int64_t log_begin(void);
void log_step_since(int64_t began, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line of a report on stdout; at a terminal it goes on after `indent` blanks. */
void log_print(size_t indent, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "Title        text", a row of a report on stdout; the title may be "". */
void log_row(const char *title, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same two for the one line that answers: in a colour, at a terminal that has them (base/terminal.h). */
enum log_mark { LOG_MARK_NONE, LOG_MARK_GOOD, LOG_MARK_WARNING, LOG_MARK_BAD };
void log_print_marked(enum log_mark mark, size_t indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_row_marked(enum log_mark mark, const char *title, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same two for what was done. */
void log_note_print(size_t indent, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_note_row(const char *title, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
