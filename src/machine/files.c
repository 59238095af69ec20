#include "machine/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/pe.h"

#define PIECE (256u << 10) /* bytes read at once; files up to this size stay in memory */

struct entry {
	struct file_facts facts;
	char *base, *in_base; /* base NULL: facts.path is an ordinary path */
	int missing;          /* -ENOENT or the like: it was not there */
	bool has_stat, hashed, has_authenticode;
	uint8_t authenticode[SHA256_LEN];
	uint8_t *bytes; /* NULL until somebody asks for them */
};

struct files {
	const struct machine *machine;
	struct entry **entry;
	size_t n;
};

int files_new(const struct machine *m, struct files **ret)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->machine = m;
	*ret = f;
	return 0;
}

static void entry_free(struct entry *e)
{
	free(e->facts.path);
	free(e->base);
	free(e->in_base);
	free(e->bytes);
	free(e);
}

void files_free(struct files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		entry_free(f->entry[i]);
	free(f->entry);
	free(f);
}

static char *join(const char *base, const char *path)
{
	char *s;
	size_t n = base ? strlen(base) : 0;

	while (n > 0 && base[n - 1] == '/')
		n--;
	return asprintf(&s, "%.*s%s", (int)n, base ? base : "", path) < 0 ? NULL : s;
}

static int entry_new(const char *base, const char *path, struct entry **ret)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->facts.path = join(base, path);
	e->base = base ? strdup(base) : NULL;
	e->in_base = strdup(path);
	if (!e->facts.path || !e->in_base || (base && !e->base)) {
		entry_free(e);
		return -ENOMEM;
	}
	*ret = e;
	return 0;
}

static bool is_named(const struct entry *e, const char *base, const char *path)
{
	return !e->base == !base && (!base || strcmp(e->base, base) == 0) && strcmp(e->in_base, path) == 0;
}

static int find(struct files *f, const char *base, const char *path, struct entry **ret)
{
	struct entry **grown;
	int r;

	for (size_t i = 0; i < f->n; i++)
		if (is_named(f->entry[i], base, path)) {
			*ret = f->entry[i];
			return 0;
		}
	if (f->n == FILES_MAX)
		return -E2BIG;
	grown = reallocarray(f->entry, f->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	f->entry = grown;
	r = entry_new(base, path, &f->entry[f->n]);
	if (r == 0)
		*ret = f->entry[f->n++];
	return r;
}

/*
 * GRUB reads one file system: links end in it, and another file system's mount point is an empty directory to
 * it.
 */
static int open_in(const char *dir, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV };
	int base, fd;

	base = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return -errno;
	fd = syscall(SYS_openat2, base, path, &how, sizeof(how));
	if (fd < 0)
		fd = errno == EXDEV ? -ENOENT : -errno;
	close(base);
	return fd;
}

static int open_named(const struct files *f, const char *base, const char *path)
{
	char full[PATH_MAX];
	int fd, r;

	r = machine_path(f->machine, base ? base : path, full);
	if (r < 0)
		return r;
	if (base)
		return open_in(full, path);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Opened for reading, of a size that we take. The caller closes it. */
static int open_file(const struct files *f, const struct entry *e, struct error *err, struct stat *ret_st, int *ret_fd)
{
	int fd, r = 0;

	fd = open_named(f, e->base, e->in_base);
	if (fd < 0)
		return error_set(err, fd, "%s: cannot open: %s", e->facts.path, strerror(-fd));
	if (fstat(fd, ret_st) < 0)
		r = error_set(err, -errno, "%s: cannot stat: %s", e->facts.path, strerror(errno));
	else if (!S_ISREG(ret_st->st_mode))
		r = error_set(err, -EISDIR, "%s: not a regular file", e->facts.path);
	else if (ret_st->st_size > FILE_MAX_LEN)
		r = error_set(err, -EFBIG, "%s: longer than %u bytes", e->facts.path, FILE_MAX_LEN);
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

/* n bytes; fewer are an error. */
static int read_bytes(int fd, const struct entry *e, uint8_t *to, size_t n, struct error *err)
{
	ssize_t got;

	while (n > 0) {
		got = read(fd, to, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, -errno, "%s: cannot read: %s", e->facts.path, strerror(errno));
		if (got == 0)
			return error_set(err, -ESTALE, "%s: it changes while it is read", e->facts.path);
		to += got;
		n -= got;
	}
	return 0;
}

/*
 * One pass over a file in pieces. What begins as a program image will be asked for as a whole soon: bytes are
 * kept then.
 */
struct pass {
	struct hash *hash;
	uint8_t *piece; /* PIECE bytes, or the whole file when it is kept */
	bool whole;
};

static int read_pass(int fd, const struct entry *e, size_t size, bool keep, struct error *err, struct pass *p)
{
	size_t at = 0, n = size < PIECE ? size : PIECE;
	uint8_t *grown;
	int r;

	p->piece = malloc(PIECE);
	r = p->piece ? hash_new(HASH_SHA256, &p->hash) : -ENOMEM;
	if (r == 0)
		r = read_bytes(fd, e, p->piece, n, err);
	if (r < 0)
		return r;
	p->whole = keep || size <= PIECE || memcmp(p->piece, "MZ", 2) == 0;
	if (p->whole && size > PIECE) {
		grown = realloc(p->piece, size);
		if (!grown)
			return -ENOMEM;
		p->piece = grown;
	}
	for (;;) {
		r = hash_update(p->hash, p->piece + (p->whole ? at : 0), n);
		at += n;
		if (r < 0 || at == size)
			return r;
		n = size - at < PIECE ? size - at : PIECE;
		r = read_bytes(fd, e, p->piece + (p->whole ? at : 0), n, err);
		if (r < 0)
			return r;
	}
}

/* ret_bytes: the content, when it is kept; NULL otherwise. */
static int read_file(const struct files *f, const struct entry *e, bool keep, struct error *err, struct stat *ret_st,
		     uint8_t ret_digest[static SHA256_LEN], uint8_t **ret_bytes)
{
	struct pass p = { .hash = NULL };
	int fd = -1, r;

	r = open_file(f, e, err, ret_st, &fd);
	if (r < 0)
		return r;
	r = read_pass(fd, e, ret_st->st_size, keep, err, &p);
	close(fd);
	if (r == 0)
		r = hash_final(p.hash, ret_digest);
	if (r == -ENOMEM)
		error_set(err, r, "%s: out of memory", e->facts.path);
	hash_free(p.hash);
	if (r == 0 && p.whole) {
		*ret_bytes = p.piece;
		return 0;
	}
	*ret_bytes = NULL;
	free(p.piece);
	return r;
}

static int load(struct files *f, struct entry *e, bool keep, struct error *err)
{
	uint8_t digest[SHA256_LEN], *bytes;
	struct stat st;
	int r;

	if (e->missing)
		return error_set(err, e->missing, "%s: %s", e->facts.path, strerror(-e->missing));
	if (e->hashed && (!keep || e->bytes))
		return 0;
	r = read_file(f, e, keep, err, &st, digest, &bytes);
	if (r == -ENOENT || r == -ENOTDIR)
		e->missing = r;
	if (r < 0)
		return r;
	if (e->hashed && memcmp(digest, e->facts.sha256, SHA256_LEN) != 0) {
		free(bytes);
		return error_set(err, -ESTALE, "%s: it changed while we worked", e->facts.path);
	}
	memcpy(e->facts.sha256, digest, SHA256_LEN);
	e->facts.st = st;
	e->hashed = e->has_stat = true;
	e->bytes = bytes;
	return 0;
}

int files_facts(struct files *f, const char *base, const char *path, struct error *err, const struct file_facts **ret)
{
	struct entry *e;
	int r;

	r = find(f, base, path, &e);
	if (r == 0)
		r = load(f, e, false, err);
	if (r == 0)
		*ret = &e->facts;
	return r;
}

int files_bytes(struct files *f, const char *base, const char *path, struct error *err, struct reader *ret)
{
	struct entry *e;
	int r;

	r = find(f, base, path, &e);
	if (r == 0)
		r = load(f, e, true, err);
	if (r == 0)
		*ret = reader_new(e->bytes, e->facts.st.st_size);
	return r;
}

int files_authenticode(struct files *f, const char *base, const char *path, struct error *err,
		       uint8_t ret[static SHA256_LEN])
{
	struct reader image;
	struct entry *e;
	int r;

	r = find(f, base, path, &e);
	if (r == 0 && !e->has_authenticode) {
		r = files_bytes(f, base, path, err, &image);
		if (r == 0)
			r = pe_digest(&image, err, e->authenticode);
		if (r < 0)
			return error_prefix(err, r, "%s", e->facts.path);
		e->has_authenticode = true;
	}
	if (r == 0)
		memcpy(ret, e->authenticode, SHA256_LEN);
	return r;
}

int files_stat(struct files *f, const char *base, const char *path, struct stat *ret)
{
	struct entry *e;
	int fd, r;

	r = find(f, base, path, &e);
	if (r < 0)
		return r;
	if (!e->missing && !e->has_stat) {
		fd = open_named(f, base, path);
		if (fd >= 0 && fstat(fd, &e->facts.st) < 0)
			r = -errno;
		if (fd >= 0)
			close(fd);
		if (fd == -ENOENT || fd == -ENOTDIR)
			e->missing = fd;
		else if (fd < 0 || r < 0)
			return fd < 0 ? fd : r;
		else
			e->has_stat = true;
	}
	if (e->missing)
		return e->missing;
	*ret = e->facts.st;
	return 0;
}

int files_list(struct files *f, const char *base, const char *path, int (*each)(void *context, const char *name),
	       void *context)
{
	struct dirent *d;
	DIR *dir;
	int fd, r = 0;

	fd = open_named(f, base, path);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (d = readdir(dir)))
		r = each(context, d->d_name);
	closedir(dir);
	return r;
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int recheck(const struct files *f, const struct entry *e, struct error *err)
{
	uint8_t digest[SHA256_LEN], *bytes;
	struct stat st;
	int fd, r = 0;

	fd = open_named(f, e->base, e->in_base);
	if (fd >= 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (e->missing)
		return fd < 0 ? 0 : error_set(err, -ESTALE, "%s: it has appeared while we worked", e->facts.path);
	if (fd < 0 || r < 0)
		return error_set(err, -ESTALE, "%s: it cannot be read any more", e->facts.path);
	if (!e->hashed || same_stat(&st, &e->facts.st))
		return 0;
	r = read_file(f, e, false, err, &st, digest, &bytes);
	if (r < 0)
		return r;
	free(bytes);
	if (memcmp(digest, e->facts.sha256, SHA256_LEN) != 0)
		r = error_set(err, -ESTALE, "%s: it changed while we worked", e->facts.path);
	return r;
}

int files_still_same(struct files *f, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++)
		if (f->entry[i]->hashed || f->entry[i]->missing || f->entry[i]->has_stat)
			r = recheck(f, f->entry[i], err);
	return r;
}
