/* The lines of a file or of a text. */
#ifndef MEASURE_GRUB_LINES_H
#define MEASURE_GRUB_LINES_H

#include <stdbool.h>

struct grub;

struct grub_lines {
	const char *at, *end;
	bool is_file;			/* comment lines are dropped, as are carriage returns */
	bool done;
	const char *name;		/* for messages */
	unsigned line;			/* number of the last line returned */
};

/* The next line without its newline; NULL at the end. */
const char *grub_lines_next(struct grub *g, struct grub_lines *lines);

#endif
