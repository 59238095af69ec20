/* The arguments of a command, growing in the arena (script/argv.c). Initialise it with { 0 }. */
#ifndef MEASURE_GRUB_ARGV_H
#define MEASURE_GRUB_ARGV_H

#include <stdbool.h>
#include <stddef.h>

struct grub;

struct grub_argv {
	char **args;			/* NULL terminated when not empty */
	size_t count;
	size_t cap;
	bool has_block;
};

/*
 * Begins the next argument. A last argument to which nothing was appended is used again: that is how an empty
 * unquoted variable disappears.
 */
void grub_argv_next(struct grub *g, struct grub_argv *v);
/* Appends n bytes to the last argument. */
void grub_argv_append(struct grub *g, struct grub_argv *v, const char *s, size_t n);

#endif
