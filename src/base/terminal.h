/* Asking a person for something that nobody else is to see. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stddef.h>

#include "base/secret.h"

/*
 * One line of at most max bytes from in, after the prompt on out and without echo when in is a terminal; with neither when it is none. An
 * interrupt waits until the terminal echoes again. -ENODATA at the end of the input, -EFBIG.
 */
int terminal_ask(int in, int out, const char *prompt, size_t max, struct secret *ret);

#endif
