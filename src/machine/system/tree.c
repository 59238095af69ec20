#include "machine/system/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/system/mounts.h"

#define NAMES_MAX 65536 /* looked at in one directory */

/*
 * A boot loader reads one file system: links end in it, and another file system's mount point is an empty
 * directory to it.
 */
static int find_below(int base, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
	int fd = syscall(SYS_openat2, base, path, &how, sizeof(how));

	if (fd < 0)
		return errno == EXDEV ? -ENOENT : -errno;
	return fd;
}

static bool name_of(int fd, char ret[static PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX - 1);
	ret[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

struct covering {
	const char *base; /* "/boot" */
	const char *rest; /* of what was found, after base: "/efi/EFI/debian" */
	bool covered;
	bool fat; /* base itself */
};

static int see_mount(void *context, const struct mount_line *line)
{
	static const char *const fat[] = { "vfat", "msdos", "exfat" };
	struct covering *c = context;
	size_t n = strlen(c->base), len;

	if (strcmp(line->dir, c->base) == 0)
		for (size_t i = 0; i < sizeof(fat) / sizeof(fat[0]); i++)
			c->fat |= strcmp(line->fs, fat[i]) == 0;
	if (strcmp(c->base, "/") == 0)
		n = 0;
	len = strlen(line->dir);
	if (len <= n + 1 || strncmp(line->dir, c->base, n) != 0 || line->dir[n] != '/')
		return 0;
	len -= n;
	if (strncmp(c->rest, line->dir + n, len) == 0 && (c->rest[len] == '\0' || c->rest[len] == '/'))
		c->covered = true;
	return 0;
}

/* The entry of that name, whatever the case of its letters; the exact one where there is one. */
static bool find_name(int dir, const char *name, size_t n, char ret[static NAME_MAX + 1])
{
	const struct dirent *e;
	bool found = false;
	DIR *d;
	int fd;

	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	for (size_t i = 0; d && i < NAMES_MAX && (e = readdir(d)); i++) {
		if (strlen(e->d_name) != n || strncasecmp(e->d_name, name, n) != 0)
			continue;
		if (!found || strncmp(e->d_name, name, n) == 0)
			strcpy(ret, e->d_name);
		found = true;
	}
	if (d)
		closedir(d);
	return found;
}

/* "/efi/boot/BOOTX64.EFI" as the tree spells it. */
static int spell(int base, const char *path, char ret[static PATH_MAX])
{
	char name[NAME_MAX + 1];
	size_t len = 0, n;
	int dir;

	ret[0] = '\0';
	for (path += strspn(path, "/"); *path; path += n, path += strspn(path, "/")) {
		n = strcspn(path, "/");
		dir = find_below(base, len ? ret : "/");
		if (dir < 0)
			return dir;
		if (n > NAME_MAX || !find_name(dir, path, n, name)) {
			close(dir);
			return -ENOENT;
		}
		close(dir);
		if (len + n + 2 > PATH_MAX)
			return -ENAMETOOLONG;
		ret[len++] = '/';
		memcpy(ret + len, name, n + 1);
		len += n;
	}
	return len ? 0 : -ENOENT;
}

/* Takes fd, which is what was found at base, or negative errno. */
static int check(const struct machine *m, const char *base, int base_fd, int fd, bool *ret_fat)
{
	char base_name[PATH_MAX] = "", name[PATH_MAX] = "";
	struct covering c = { .base = base, .rest = "" };
	size_t n;
	int r;

	if (fd >= 0 && (!name_of(base_fd, base_name) || !name_of(fd, name))) {
		close(fd);
		return -EIO;
	}
	n = strcmp(base_name, "/") == 0 ? 0 : strlen(base_name);
	if (fd >= 0 && strncmp(name, base_name, n) == 0)
		c.rest = name + n;
	/* a tree without a table of mounts has no file systems either */
	r = mounts_each(m, NULL, see_mount, &c);
	*ret_fat = c.fat;
	if (fd >= 0 && (c.covered || (r < 0 && r != -ENOENT))) {
		close(fd);
		return c.covered ? -ENOENT : r;
	}
	return fd;
}

int tree_find(const struct machine *m, const char *base, const char *path)
{
	char spelled[PATH_MAX];
	bool fat = false;
	int base_fd, fd;

	base_fd = machine_find(m, base, O_DIRECTORY);
	if (base_fd < 0)
		return base_fd;
	fd = find_below(base_fd, path);
	if (machine_is_tree(m))
		fd = check(m, base, base_fd, fd, &fat);
	if (fd == -ENOENT && fat && spell(base_fd, path, spelled) == 0)
		fd = check(m, base, base_fd, find_below(base_fd, spelled), &fat);
	close(base_fd);
	return fd;
}
