/* Which entries of a menu matter most: for bootpath_walk.c. */
#ifndef MEASURE_BOOT_BOOTPATH_KIND_H
#define MEASURE_BOOT_BOOTPATH_KIND_H

#include "measure/boot/bootpath_walk.h"

#define WAY_ENTRIES_MAX 256 /* of one menu */

struct way_entry {
	char *path, *title;
	enum way_kind kind;
	bool writes; /* in a boot of today: so it may leave a state behind */
};

struct way_entries {
	struct way_entry *entry;
	size_t n;
	size_t others; /* that are WAY_OTHER */
};

/* WAY_OTHER for a boot without a known entry. */
enum way_kind way_entry_kind(const struct way_entries *menu, const struct boot_trace *t);

/* Of ways and entries, after the walk through the machine as it is today; the untouched boot is the first. */
void ways_tell_kinds(struct ways *all, struct way_entries *menu);

/*
 * A one-time choice is the default only once: the boot after it has a default of its own. first: the way of
 * the untouched boot in the state that today's leaves.
 */
void ways_tell_next_default(struct ways *all, size_t first, struct way_entries *menu);

#endif
