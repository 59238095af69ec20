#include "unlock/mapping.h"

#include <limits.h>
#include <stdio.h>

#include "base/blockdev.h"
#include "base/file.h"

bool mapping_exists(const struct options *o, const char *name)
{
	char path[PATH_MAX];
	dev_t dev;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	return blockdev_by_dm_name(o->sysfs, name, &dev) == 0 || file_exists(path);
}
