/*
 * QR codes (ISO/IEC 18004), by libqrencode where it is installed: loaded when one is asked for, as systemd
 * does it, so that nobody has to have it.
 */
#ifndef CLI_QR_H
#define CLI_QR_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"

#define QR_QUIET 4 /* light modules that have to be around it (ISO/IEC 18004, 5.3.8) */

struct qr {
	struct secret dark; /* width * width bytes, row by row: 0 or 1 */
	size_t width;
};

#define QR_NONE ((struct qr){ .width = 0 })

/* Level M: a code is read with 15 % of it damaged. -ENOENT with a message: no library. */
int qr_make(const struct secret *text, struct error *err, struct qr *ret);
/* Is that module dark? The quiet zone, and what is beyond, is not. */
bool qr_is_dark(const struct qr *q, long x, long y);
/* For a terminal on standard output, dark on light whatever its colours are. */
int qr_print(const struct qr *q);
void qr_free(struct qr *q); /* fine twice */

#endif
