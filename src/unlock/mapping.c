#include "unlock/mapping.h"

#include <limits.h>
#include <stdio.h>

#include "base/blockdev.h"
#include "base/file.h"

bool mapping_exists(const struct options *o, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	return blockdev_has_mapping(o->sysfs, name) || file_exists(path);
}
