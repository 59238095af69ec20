#include "machine/system/files_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "machine/system/files.h"
#include "machine/system/digests.h"
#include "machine/system/layout.h"
#include "machine/system/tree.h"

#define PIECE FILE_SMALL_LEN /* bytes read at once; files up to this size are handed over whole */
#define ROUND (2u << 20) /* bytes; a multiple of it is taken for a longer file: a huge page of x86-64 */

struct source {
	const struct machine *machine;
	const char *base, *path;
	char *name; /* for people */
};

char *files_name(const char *base, const char *path)
{
	char *s;
	size_t n = base ? strlen(base) : 0;

	while (n > 0 && base[n - 1] == '/')
		n--;
	return asprintf(&s, "%.*s%s", (int)n, base ? base : "", path) < 0 ? NULL : s;
}

int files_open(const struct machine *m, const char *base, const char *path)
{
	int fd = base ? tree_find(m, base, path) : machine_find(m, path, 0);

	return fd < 0 ? fd : machine_open_found(fd);
}

int files_fstat(const struct machine *m, const char *base, const char *path, struct stat *ret)
{
	uint8_t unused[SHA256_LEN];
	int fd = files_open(m, base, path), r;
	char *name;

	if (fd >= 0) {
		r = fstat(fd, ret) < 0 ? -errno : 0;
		close(fd);
		return r;
	}
	name = files_name(base, path);
	r = name && fd == -ENOENT ? digests_find(m, name, NULL, ret, unused) : fd;
	free(name);
	return r < 0 ? fd : 0;
}

/* Opened for reading, of a size that we take. The caller closes it. */
static int open_file(const struct source *s, struct error *err, struct stat *ret_st, int *ret_fd)
{
	int fd, r = 0;

	fd = files_open(s->machine, s->base, s->path);
	if (fd < 0 && machine_is_tree(s->machine))
		return layout_explain(s->machine, s->name, fd, err);
	if (fd < 0)
		return error_set(err, fd, "%s: cannot open: %s", s->name, strerror(-fd));
	if (fstat(fd, ret_st) < 0)
		r = error_set(err, -errno, "%s: cannot stat: %s", s->name, strerror(errno));
	else if (!S_ISREG(ret_st->st_mode))
		r = error_set(err, -EISDIR, "%s: not a regular file", s->name);
	else if (ret_st->st_size > FILE_MAX_LEN)
		r = error_set(err, -EFBIG, "%s: longer than %u bytes", s->name, FILE_MAX_LEN);
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

/*
 * Is all of it in the page cache? False where that cannot be told, or for an empty file. RWF_NOWAIT of
 * preadv2(2) does not tell: it has the disk read ahead, and a quick disk answers in time.
 */
static bool is_in_memory(int fd, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;
	unsigned char *there = calloc(pages, 1);
	void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	bool all = there && mapped != MAP_FAILED && mincore(mapped, size, there) == 0;

	for (size_t i = 0; i < pages && all; i++)
		all = there[i] & 1;
	if (mapped != MAP_FAILED)
		munmap(mapped, size);
	free(there);
	return all;
}

/* n bytes; fewer are an error. */
static int read_bytes(int fd, const struct source *s, uint8_t *to, size_t n, struct error *err)
{
	ssize_t got;

	while (n > 0) {
		got = read(fd, to, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, -errno, "%s: cannot read: %s", s->name, strerror(errno));
		if (got == 0)
			return error_set(err, -ESTALE, "%s: it changes while it is read", s->name);
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
	const struct files_request *q;
	size_t size;
	struct hash *hash;
	struct files_room room; /* PIECE bytes, or the whole file when it is kept */
	bool whole;
};

/* Too long is refused here, before memory is taken for it. */
static int begin_whole(const struct source *s, struct error *err, struct pass *p)
{
	struct files_room whole = { .bytes = NULL };
	int r;

	if (!p->q->keep && p->size > IMAGE_MAX_LEN)
		return error_set(err, -EFBIG, "%s: longer than %u bytes, which no program image is", s->name,
				 IMAGE_MAX_LEN);
	r = p->q->room ? p->q->room(p->q->context, p->size, &whole) : 0;
	if (r < 0)
		return error_set(err, r, "%s: %zu bytes are more than fit beside the other files of its boot "
				 "path", s->name, p->size);
	if (!whole.bytes) {
		/* the next kernel is a little longer; and a page fault for each 4 KiB takes long */
		whole.len = (p->size + ROUND - 1) / ROUND * ROUND;
		whole.bytes = aligned_alloc(ROUND, whole.len);
		if (whole.bytes)
			(void)madvise(whole.bytes, whole.len, MADV_HUGEPAGE);
	}
	if (!whole.bytes)
		return -ENOMEM;
	memcpy(whole.bytes, p->room.bytes, PIECE);
	free(p->room.bytes);
	p->room = whole;
	return 0;
}

static int read_pass(int fd, const struct source *s, struct error *err, struct pass *p)
{
	size_t size = p->size, at = 0, n = size < PIECE ? size : PIECE;
	int r;

	p->room = (struct files_room){ .bytes = malloc(PIECE), .len = PIECE };
	r = p->room.bytes ? hash_new(HASH_SHA256, &p->hash) : -ENOMEM;
	if (r == 0)
		r = read_bytes(fd, s, p->room.bytes, n, err);
	if (r < 0)
		return r;
	p->whole = p->q->keep || size <= PIECE || memcmp(p->room.bytes, "MZ", 2) == 0;
	if (p->whole && size > PIECE) {
		r = begin_whole(s, err, p);
		if (r < 0)
			return r;
	}
	for (;;) {
		r = hash_update(p->hash, p->room.bytes + (p->whole ? at : 0), n);
		at += n;
		if (r < 0 || at == size)
			return r;
		n = size - at < PIECE ? size - at : PIECE;
		r = read_bytes(fd, s, p->room.bytes + (p->whole ? at : 0), n, err);
		if (r < 0)
			return r;
	}
}

/* 0: it was found there, and its content is not wanted. */
static int take_digest(const struct source *s, bool keep, struct error *err, struct files_content *ret)
{
	int r;

	*ret = (struct files_content){ .content = { .bytes = NULL } };
	r = digests_find(s->machine, s->name, err, &ret->st, ret->digest);
	if (r == 0 && keep)
		r = error_set(err, -ENODATA, "%s: %s has its digest, and not its content", s->name,
			      s->machine->root);
	return r;
}

int files_read(const struct files_request *q, struct error *err, struct files_content *ret)
{
	struct source s = {
		.machine = q->machine, .base = q->base, .path = q->path, .name = files_name(q->base, q->path)
	};
	struct pass p = { .q = q };
	struct files_content content;
	const int64_t began = log_begin();
	int fd = -1, r;

	r = s.name ? open_file(&s, err, &content.st, &fd) : -ENOMEM;
	if (r == -ENOENT) {
		r = take_digest(&s, q->keep, err, &content);
		if (r == 0)
			*ret = content;
		goto out;
	}
	if (r < 0)
		goto out;
	p.size = content.st.st_size;
	if (q->from_memory && !is_in_memory(fd, p.size))
		r = error_set(err, -EAGAIN,
			      "%s: has left the memory that it was written from, and a disk may answer with "
			      "something else",
			      s.name);
	else
		r = read_pass(fd, &s, err, &p);
	close(fd);
	if (r == 0)
		r = hash_final(p.hash, content.digest);
	if (r == -ENOMEM)
		error_set(err, r, "%s: out of memory", s.name);
	if (r < 0)
		goto out;
	content.content = (struct files_room){ .bytes = NULL };
	if (p.whole) {
		content.content = p.room;
		p.room.bytes = NULL;
	}
	*ret = content;
	log_step_since(began, "hashed %s, %zu bytes", s.name, p.size);
out:
	hash_free(p.hash);
	free(p.room.bytes);
	free(s.name);
	return r;
}
