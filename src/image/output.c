#include "image/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"

#define CONVERT_TIMEOUT_MS (2 * 60 * 60 * 1000)

int image_output_new(const char *path, uint64_t size, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r = 0;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		r = error_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

int image_output_convert(const struct image_source *s, const char *raw, char ret[static PATH_MAX],
			 struct error *err)
{
	static const char fixed[] = "subformat=fixed,force_size=on";
	static const char dynamic[] = "subformat=dynamic,force_size=on";
	const bool vpc = strcmp(s->format, "vpc") == 0;
	const char *how = !vpc ? "compat=1.1" : s->is_fixed ? fixed : dynamic;
	const char *const argv[] = {
		"qemu-img", "convert", "-f", "raw", "-O", s->format, "-o", how, "--", raw, ret, NULL,
	};

	if (strcmp(s->format, "raw") == 0) {
		snprintf(ret, PATH_MAX, "%s", raw);
		return 0;
	}
	if (snprintf(ret, PATH_MAX, "%s/converted", s->work) >= PATH_MAX)
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	return process_run(&(struct process){ .argv = argv, .timeout_ms = CONVERT_TIMEOUT_MS }, err);
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), r = 0;

	if (fd < 0 || fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

/* The folder of a path. */
static void folder_of(const char *path, char ret[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(ret, PATH_MAX, ".");
	else
		snprintf(ret, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

int image_output_check(const struct image_source *s, const char *to, struct error *err)
{
	char folder[PATH_MAX];
	struct stat here, there;

	folder_of(to, folder);
	if (stat(folder, &there) < 0)
		return error_set(err, -errno, "%s: %s", folder, strerror(errno));
	if (stat(s->work, &here) < 0)
		return error_set(err, -errno, "%s: %s", s->work, strerror(errno));
	if (here.st_dev != there.st_dev)
		return error_set(err, -EXDEV,
				 "%s: on another file system than %s, beside which the new image is made; "
				 "name a place there, or copy the image first and leave --output out",
				 to, s->path);
	return 0;
}

int image_output_place(const struct image_source *s, const char *from, const char *to, struct error *err)
{
	char folder[PATH_MAX];
	struct stat st;
	int r = 0;

	if (stat(s->path, &st) < 0 || chmod(from, st.st_mode & 0777) < 0)
		r = -errno;
	if (r == 0 && geteuid() == 0 && chown(from, st.st_uid, st.st_gid) < 0)
		r = -errno;
	if (r == 0)
		r = sync_path(from, 0);
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "%s: cannot be put in place: %s", to, strerror(-r));
	folder_of(to, folder);
	r = sync_path(folder, O_DIRECTORY);
	return r < 0 ? error_set(err, r, "%s: %s", folder, strerror(-r)) : 0;
}
