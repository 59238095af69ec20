/* The person at a terminal: how wide it is, and asking for a secret. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

/* Columns; 80 where it does not say, as a serial line; 0: it is no terminal. */
size_t terminal_width(int fd);

/* A terminal that shows them (TERM is not "dumb"), of a person who wants them: no NO_COLOR (no-color.org). */
bool terminal_has_colours(int fd);

/*
 * Reads one line of at most max bytes from in; when in is a terminal, after the prompt on out and without
 * echo. Ctrl-C and its kind act at once, but only after echo is on again; what survives them asks again.
 * -ENODATA at the end of the input, -EFBIG.
 */
int terminal_ask(int in, int out, const char *prompt, size_t max, struct secret *ret);

#endif
