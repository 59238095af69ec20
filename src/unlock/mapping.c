#include "unlock/mapping.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"

static bool is_named(const char *path, const char *name)
{
	struct buffer b = BUFFER_NONE;
	bool same = false;
	size_t n = strlen(name);

	if (file_read(path, NAME_MAX, NULL, &b) == 0)
		same = b.len > n && memcmp(b.data, name, n) == 0 && b.data[n] == '\n';
	buffer_free(&b);
	return same;
}

static bool kernel_has(const struct options *o, const char *name)
{
	char path[PATH_MAX];
	const struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/block", o->sysfs);
	d = opendir(path);
	while (d && !found && (e = readdir(d)))
		if (strncmp(e->d_name, "dm-", 3) == 0 &&
		    snprintf(path, sizeof(path), "%s/block/%s/dm/name", o->sysfs, e->d_name) < (int)sizeof(path))
			found = is_named(path, name);
	if (d)
		closedir(d);
	return found;
}

bool mapping_exists(const struct options *o, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	return kernel_has(o, name) || file_exists(path);
}
