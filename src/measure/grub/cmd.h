/* Commands: looking one up by its name, and what it is called with. */
#ifndef MEASURE_GRUB_CMD_H
#define MEASURE_GRUB_CMD_H

#include "measure/grub/argv.h"
#include "measure/grub/state.h"

struct grub_call {
	const char *name;
	struct grub_argv argv;	/* arguments, without the name */
};

typedef enum grub_err (*grub_cmd_fn)(struct grub *g, const struct grub_call *call);

enum {
	CMD_EXTRACTOR = 1,	/* allowed while menu entries are extracted */
	CMD_FWSETUP = 2,	/* 2.06 has it only where the firmware has a setup that an OS can ask for */
};

struct grub_cmd_entry {
	const char *name;
	const char *module;	/* NULL: the kernel's own */
	grub_cmd_fn run;	/* NULL: not modelled */
	unsigned flags;
};

enum grub_lookup { LOOKUP_NONE, LOOKUP_COMMAND, LOOKUP_FAILED };

/* Loads the command's module first where that is needed; LOOKUP_FAILED with grub_errno set when it cannot. */
enum grub_lookup grub_cmd_find(struct grub *g, const char *name, const struct grub_cmd_entry **ret_entry);

#endif
