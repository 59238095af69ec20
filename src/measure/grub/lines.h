/* The lines of a file or of a text. */
#ifndef MEASURE_GRUB_LINES_H
#define MEASURE_GRUB_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct grub;

struct grub_lines {
	const char *at, *end;
	bool is_file;			/* comment lines are dropped, as are carriage returns */
	bool done;
	const char *name;		/* for messages */
	unsigned line;			/* number of the last line returned */
};

/* The lines of a file of len bytes, which are borrowed, as is the name. */
static inline struct grub_lines grub_lines_of_file(const void *bytes, size_t len, const char *name)
{
	return (struct grub_lines){
		.at = bytes, .end = (const char *)bytes + len, .is_file = true, .name = name
	};
}

/* The next line without its newline; NULL at the end. */
const char *grub_lines_next(struct grub *g, struct grub_lines *lines);

#endif
