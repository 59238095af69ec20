#include "measure/grub/stop.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

void grub_stop(struct grub *g, int r, const char *fmt, ...)
{
	char text[sizeof(((struct error *)0)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(g->err, r, "%s", text);
	g->stop_r = r;
	longjmp(g->stop, 1);
}

void grub_unmodelled(struct grub *g, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	grub_stop(g, -EOPNOTSUPP, "%s:%u: %s", g->where_name ? g->where_name : "GRUB", g->where_line, text);
}

void grub_finish(struct grub *g, enum boot_outcome outcome)
{
	g->out->outcome = outcome;
	g->stop_r = 0;
	longjmp(g->stop, 1);
}
