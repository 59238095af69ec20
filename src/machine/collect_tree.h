/*
 * A tree that is filled with copies of a machine's files: what `bootseal report` consists of
 * (machine/collect.h).
 *
 * What the machine does not have, or does not let read, is noted in `missing`, one line each, and is no
 * error. Errors are those of the tree.
 */
#ifndef MACHINE_COLLECT_TREE_H
#define MACHINE_COLLECT_TREE_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "machine/system/machine.h"

struct collect_tree {
	const struct machine *machine;
	const char *dir; /* the tree */
	struct error *err;
	struct buffer digests, missing; /* owned */
	size_t files, digest_count, missing_count;
};

void collect_missing(struct collect_tree *c, const char *path, const char *why);
int collect_text(struct collect_tree *c, const char *path, const struct buffer *text);

/* A regular file, with its time; no link. */
int collect_file(struct collect_tree *c, const char *path);
/* The same where something of that name is there; else nothing. */
int collect_file_if_there(struct collect_tree *c, const char *path);
/* A directory of that name; its content is not looked at. */
int collect_name(struct collect_tree *c, const char *path);
/* A link with the same target; what that is does not matter. */
int collect_link(struct collect_tree *c, const char *path);

/* take() for each path that fits the pattern, whose parts may have wildcards. */
int collect_each(struct collect_tree *c, const char *pattern,
		 int (*take)(struct collect_tree *c, const char *path));

/*
 * All that lies below: boot loaders, what they read, and kernels as they are; everything else by size and
 * digest. Links stay links, directories are there.
 */
int collect_boot(struct collect_tree *c, const char *dir);

void collect_tree_free(struct collect_tree *c);

#endif
