#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static const char *program = "bootseal";

void log_program(const char *name)
{
	program = name;
}

void log_say(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* one write, so that lines of several programs on a console do not mix */
	fprintf(stderr, "%s: %s\n", program, line);
}
