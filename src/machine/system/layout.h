/*
 * What a collected tree of a machine has to hold (doc/root.md has the same table, and how to collect it): for
 * messages about what is not there.
 */
#ifndef MACHINE_SYSTEM_LAYOUT_H
#define MACHINE_SYSTEM_LAYOUT_H

#include "base/error.h"
#include "machine/system/machine.h"

struct layout_part {
	const char *path; /* a file, or a directory with all below it */
	const char *what; /* "the firmware's event log" */
};

/* Row n of the table; NULL past the last. */
const struct layout_part *layout_part(size_t n);

/* What that path is for, from the nearest row. */
const char *layout_purpose(const char *path);

/*
 * Something of a tree could not be opened: -ENOENT and -ENOTDIR name the path, the tree and what is missing,
 * anything else the reason. Returns r.
 */
int layout_explain(const struct machine *m, const char *path, int r, struct error *err);

#endif
