/* Boot paths as people are told of them: one row for each kernel, and in how many more ways it starts. */
#ifndef MACHINE_FORECAST_GROUPS_H
#define MACHINE_FORECAST_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "seal/policy.h"

struct path_said {
	const char *label; /* "Linux 6.1.0-56-amd64 (default, boot disk as hd1)"; borrowed */
	/* what is said of it; only paths of which the same is said are one group */
	bool unlocks;
	const char *why; /* why not; "": that is not known, or it unlocks; borrowed */
};

struct path_group {
	size_t first; /* the path whose label stands for the group */
	size_t count;
	char more[512]; /* "2 more ways: from the menu, boot disk as hd1"; "" for a single path */
};

/* Of a label: of what comes before the last parentheses, which say in which way it starts. */
size_t path_name_len(const char *label);

/* In the order of their first paths; their number. At most BRANCH_MAX paths; more are not looked at. */
size_t path_groups_make(const struct path_said *path, size_t n, struct path_group ret[static BRANCH_MAX]);

#endif
