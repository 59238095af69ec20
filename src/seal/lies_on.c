#include "seal/lies_on.h"

#include <stdio.h>
#include <string.h>

#include "base/blockdev.h"

#define UUID_LEN 36

/*
 * cryptsetup names its mappings CRYPT-LUKS2-<UUID without dashes>-<name>; other makers of mappings have
 * prefixes of their own.
 */
static bool is_target(const char *dm_uuid, const struct anchor_target *t)
{
	char want[sizeof("CRYPT-LUKS2--") + UUID_LEN + TARGET_NAME_MAX] = "CRYPT-LUKS2-";
	size_t n = strlen(want), i;

	for (i = 0; t->uuid[i]; i++)
		if (t->uuid[i] != '-')
			want[n++] = t->uuid[i];
	snprintf(want + n, sizeof(want) - n, "-%s", t->name);
	return strcmp(dm_uuid, want) == 0;
}

/* One level of the walk down from a device. */
struct level {
	const char *sysfs;
	const struct anchor *anchor;
	int depth;
	bool any; /* a device was found there */
};

static bool is_ours(const struct level *at, dev_t dev);

static int stop_at_foreign(void *context, dev_t dev, const char *name)
{
	struct level *level = context;

	level->any = true;
	return !is_ours(level, dev);
}

static bool is_ours(const struct level *at, dev_t dev)
{
	struct level below = { .sysfs = at->sysfs, .anchor = at->anchor, .depth = at->depth + 1 };
	char uuid[BLOCKDEV_LINE_MAX];

	if (blockdev_dm_uuid(at->sysfs, dev, uuid) == 0)
		for (size_t i = 0; i < at->anchor->target_count; i++)
			if (is_target(uuid, &at->anchor->target[i]))
				return true;
	if (at->depth == LIES_ON_DEPTH_MAX)
		return false;
	return blockdev_each_slave(at->sysfs, dev, stop_at_foreign, &below) == 0 && below.any;
}

bool lies_on_targets(const char *sysfs, const struct anchor *a, dev_t dev)
{
	struct level top = { .sysfs = sysfs, .anchor = a };

	/* btrfs joins all devices that carry the file system's UUID */
	return dev && is_ours(&top, dev) && blockdev_each_companion(sysfs, dev, stop_at_foreign, &top) == 0;
}
