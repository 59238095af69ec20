/* What a forecast tells people besides its boot paths. */
#ifndef MACHINE_FORECAST_NOTES_H
#define MACHINE_FORECAST_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/chain/chain.h"

struct forecast_note {
	char *what; /* path's label, or the file's path */
	char *why;  /* one sentence; for a refused file also what to do */
};

/* Adds one note to a list. */
int forecast_note(struct forecast_note **list, size_t *n, const char *what, const char *why);
void forecast_notes_free(struct forecast_note *list, size_t n);

/*
 * Adds other ways in, and requests that will alter the next boot; ret_pending: whether there is such a
 * request.
 */
int forecast_warn(struct chain *c, struct forecast_note **list, size_t *n, bool *ret_pending);

#endif
