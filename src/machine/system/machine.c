#include "machine/system/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

int machine_path(const struct machine *m, const char *path, char ret[static PATH_MAX])
{
	if (snprintf(ret, PATH_MAX, "%s%s", m->root, path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

int machine_read(const struct machine *m, const char *path, size_t max, struct error *err, struct buffer *ret)
{
	char full[PATH_MAX];
	int r;

	r = machine_path(m, path, full);
	if (r < 0)
		return error_set(err, r, "%s: path too long", path);
	return file_read(full, max, err, ret);
}

int machine_init(const char *root, struct error *err, struct machine *ret)
{
	struct machine m = { .root = "" };
	struct buffer id = BUFFER_NONE;
	size_t n = root ? strlen(root) : 0;
	int r;

	while (n > 0 && root[n - 1] == '/')
		n--;
	if (n >= sizeof(m.root))
		return error_set(err, -ENAMETOOLONG, "%s: path too long", root);
	if (n > 0)
		memcpy(m.root, root, n);
	r = machine_read(&m, BOOT_ID_PATH, 64, err, &id);
	if (r < 0)
		return r;
	n = strcspn(buffer_str(&id), "\n");
	if (n == sizeof(m.boot_id) - 1)
		memcpy(m.boot_id, id.data, n);
	else
		r = error_set(err, -EBADMSG, "%s: not a boot id", BOOT_ID_PATH);
	buffer_free(&id);
	if (r == 0)
		*ret = m;
	return r;
}
