#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int error_set(struct error *err, int r, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return r;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	/* it may quote bytes from a disk */
	text_make_printable(err->text);
	return r;
}

int error_prefix(struct error *err, int r, const char *fmt, ...)
{
	struct error old;
	va_list ap;
	size_t n;

	if (!err)
		return r;
	old = *err;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", old.text);
	/* it may quote bytes from a disk */
	text_make_printable(err->text);
	return r;
}
