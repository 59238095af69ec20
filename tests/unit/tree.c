#include "tree.h"

void tree_path(const struct tree *t, const char *path, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s%s", t->root, path);
}

static void tree_make_dirs(const char *full)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s", full);
	for (char *p = dir + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(dir, 0755);
			*p = '/';
		}
}

void tree_write(const struct tree *t, const char *path, const void *data, size_t n)
{
	char full[PATH_MAX];
	FILE *f;

	tree_path(t, path, full);
	tree_make_dirs(full);
	f = fopen(full, "w");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
}

void tree_write_text(const struct tree *t, const char *path, const char *text)
{
	tree_write(t, path, text, strlen(text));
}

void tree_write_device(const struct tree *t, const char *device, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/%s", device, name);
	tree_write_text(t, path, text);
}

void tree_link(const struct tree *t, const char *path, const char *to)
{
	char full[PATH_MAX];

	tree_path(t, path, full);
	tree_make_dirs(full);
	unlink(full);
	if (symlink(to, full) < 0)
		abort();
}

void tree_unlink(const struct tree *t, const char *path)
{
	char full[PATH_MAX];

	tree_path(t, path, full);
	if (unlink(full) < 0)
		abort();
}

static void make(struct tree *t, const char *template)
{
	struct error err;

	strcpy(t->root, template);
	if (!mkdtemp(t->root))
		abort();
	tree_write_text(t, "/proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	if (machine_init(t->root, &err, &t->machine) < 0)
		abort();
}

void tree_make(struct tree *t)
{
	/* in memory: what is written atomically is synced, too */
	bool shm = access("/dev/shm", W_OK) == 0;

	make(t, shm ? "/dev/shm/bootseal-tree-XXXXXX" : "/tmp/bootseal-tree-XXXXXX");
}

void tree_make_on_disk(struct tree *t)
{
	make(t, "/var/tmp/bootseal-tree-XXXXXX");
}

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

void tree_remove(const struct tree *t)
{
	nftw(t->root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
