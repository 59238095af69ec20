/*
 * The message about a failure, for a person.
 *
 * Functions return 0 or a negative errno; a caller that wants a message passes a struct error.
 * Modules below the programs never print.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
	char text[512]; /* one line, NUL terminated, printable; empty when nothing was said */
};

#define ERROR_NONE ((struct error){ .text = "" })

/* Sets the text (made printable: base/text.h) and returns r. err may be NULL. */
int error_set(struct error *err, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text that is there; returns r. */
int error_prefix(struct error *err, int r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
