/*
 * The boot paths of a machine: the ways in which it may boot next without anybody having changed anything.
 *
 * The default entry and every entry of the loader's menu that starts Linux with an initrd, each for
 * - the state that the machine is in, and those that such boots will leave behind (a one-time choice used up,
 * the mark of a boot that was cut short, the entry saved), found by following the writes of the loader's
 * model, also those of entries that are no boot path (a different system, recovery mode);
 * - the layout of its hardware, and the others that the loader may find (the boot disk under a different
 * number);
 * - what the firmware did first (boot options that failed).
 * Paths with equal PCR values are one. The most likely come first, so that a full list drops the least
 * likely: the default, then one thing about it changed, each kernel's entry, one thing about it changed, the
 * default with several changed, other entries.
 */
#ifndef MEASURE_BOOT_BOOTPATH_H
#define MEASURE_BOOT_BOOTPATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "measure/boot/predict.h"

struct bootpath {
	char *key;     /* unique here, the same for the same path next time */
	char *label;   /* "Linux 6.1.0-56-amd64 (default)" */
	char *release; /* "6.1.0-56-amd64"; "" where the loader does not know it */
	bool is_default;
	struct prediction prediction;
};

struct bootpath_out {
	char *label;
	char *why; /* one sentence */
};

struct bootpaths {
	struct bootpath *path; /* the default first */
	size_t n;
	struct bootpath_out *out; /* entries that are no boot path of ours */
	size_t out_count;
	bool default_lacks_initrd; /* so it does not even come to a prompt */
};

#define BOOTPATHS_NONE ((struct bootpaths){ .path = NULL })

struct bootpath_options {
	size_t max;       /* paths */
	bool root_shells; /* also those that end in a root shell (recovery mode, single, init=...) */
	bool one_layout;  /* only the layout that the chain has */
	/*
	 * The caller's say on a path that could be one: 0, or -EPERM and why not in err. expected: of the
	 * default, a kernel's own entry or one that was sealed before; nobody waits for others. May be NULL.
	 */
	int (*admit)(void *context, const struct prediction *p, bool expected, struct error *err);
	/* Was a path of this key sealed last? May be NULL: no. */
	bool (*was_sealed)(void *context, const char *key);
	void *context;
};

/* A menu that cannot be modelled is an error; a single entry that cannot is left out with the reason. */
int bootpaths_find(const struct boot_facts *chain, const struct bootpath_options *o, struct error *err,
		   struct bootpaths *ret);
void bootpaths_free(struct bootpaths *b); /* fine twice */

#endif
