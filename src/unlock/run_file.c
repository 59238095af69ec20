#include "unlock/run_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

static bool join(const char *dir, const char *name, char ret[static PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

bool run_file_exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return join(dir, name, path) && file_exists(path);
}

void run_file_read(const char *dir, const char *name, struct error *ret)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	size_t n;

	*ret = ERROR_NONE;
	if (!join(dir, name, path) || file_read(path, sizeof(ret->text), NULL, &text) < 0)
		return;
	n = strcspn(buffer_str(&text), "\n");
	error_set(ret, 0, "%.*s", (int)n, buffer_str(&text));
	buffer_free(&text);
}

int run_file_write(const char *dir, const char *name, const char *text, struct error *err)
{
	struct buffer line = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	r = file_mkdir(dir, 0755, err);
	if (r < 0)
		return r;
	if (!join(dir, name, path))
		return error_set(err, -ENAMETOOLONG, "%s: path too long", dir);
	buffer_addf(&line, "%s\n", text);
	r = buffer_ok(&line) ? file_replace(path, line.data, line.len, 0644, err)
			     : error_set(err, -ENOMEM, "out of memory");
	buffer_free(&line);
	return r;
}

int run_file_remove(const char *dir, const char *name, struct error *err)
{
	char path[PATH_MAX];

	if (!join(dir, name, path))
		return error_set(err, -ENAMETOOLONG, "%s: path too long", dir);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(err, -errno, "%s: cannot remove: %s", path, strerror(errno));
	return 0;
}
