/*
 * Closing the window of all TPMs without opening a volume: `close`, and `open` without a usable anchor or
 * crypttab.
 */
#ifndef UNLOCK_LAST_RESORT_H
#define UNLOCK_LAST_RESORT_H

#include "base/error.h"
#include "base/exit_code.h"
#include "seal/anchor.h"
#include "unlock/options.h"
#include "unlock/result.h"

/* a may be NULL: then the event is sent without a salted session. */
enum unlock_exit last_resort_close(const struct options *o, const struct anchor *a, struct result *result,
				   struct error *err);
/* Leaves a result without targets for the installed system. */
void last_resort_leave(const struct options *o, struct result *result);
/* Both, for the reason in the result; returns UNLOCK_FAILED or UNLOCK_WINDOW. */
int last_resort_after(const struct options *o, struct result *result);

#endif
