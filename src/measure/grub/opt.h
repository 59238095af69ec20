/* Options of commands (lib/arg.c). */
#ifndef MEASURE_GRUB_OPT_H
#define MEASURE_GRUB_OPT_H

#include <stdbool.h>

#include "measure/grub/argv.h"

struct grub;

#define OPT_REPEAT 1u
#define OPT_OPTIONAL 2u
#define OPT_MAX 16

struct grub_opt {
	const char *name;	/* NULL: short only */
	char letter;
	unsigned flags;
	bool takes_value;
};

struct grub_opts {
	bool set[OPT_MAX];
	const char *value[OPT_MAX];		/* the last one */
	struct grub_argv values[OPT_MAX];	/* OPT_REPEAT */
	struct grub_argv rest;
};

enum { OPTS_ACCEPT_DASH = 1 };

/*
 * options ends with an empty one; flags: OPTS_*. False when GRUB refused them or printed a help text:
 * grub_errno says which.
 */
bool grub_opt_parse(struct grub *g, const struct grub_opt *options, unsigned flags,
		    const struct grub_argv *args, struct grub_opts *ret);

#endif
