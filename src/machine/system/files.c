#include "machine/system/files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/system/files_read.h"
#include "machine/system/manifest.h"
#include "measure/efi/pe.h"

struct input {
	struct files *of;
	struct file_facts facts;
	char *base, *in_base; /* base NULL: facts.path is an ordinary path */
	int missing;          /* -ENOENT or the like: it was not there */
	bool has_stat, hashed, has_authenticode;
	uint8_t authenticode[SHA256_LEN];
	/* bytes NULL until somebody asks for them, and again when they had to go */
	struct files_room content;
	unsigned users; /* of bytes */
};

struct files {
	const struct machine *machine;
	const struct manifest *known;
	struct input **entry;
	size_t n;
	/*
	 * Of the long files that nobody uses only the last one stays in memory: a program image, which is
	 * hashed first and asked for next.
	 */
	struct input *idle;
	size_t held;   /* bytes of long files in memory */
	uint64_t read, read_max; /* bytes so far, and at most */
	bool from_memory;
};

int files_new(const struct machine *m, struct files **ret)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->machine = m;
	f->read_max = FILES_READ_MAX;
	*ret = f;
	return 0;
}

void files_know(struct files *f, const struct manifest *known)
{
	f->known = known;
}

void files_limit_reading(struct files *f, uint64_t max)
{
	f->read_max = max;
}

void files_only_from_memory(struct files *f)
{
	f->from_memory = true;
}

static void input_free(struct input *e)
{
	free(e->facts.path);
	free(e->base);
	free(e->in_base);
	free(e->content.bytes);
	free(e);
}

void files_free(struct files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		input_free(f->entry[i]);
	free(f->entry);
	free(f);
}

static int input_new(struct files *f, const char *base, const char *path, struct input **ret)
{
	struct input *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->of = f;
	e->facts.path = files_name(base, path);
	e->base = base ? strdup(base) : NULL;
	e->in_base = strdup(path);
	if (!e->facts.path || !e->in_base || (base && !e->base)) {
		input_free(e);
		return -ENOMEM;
	}
	*ret = e;
	return 0;
}

static bool is_named(const struct input *e, const char *base, const char *path)
{
	return !e->base == !base && (!base || strcmp(e->base, base) == 0) && strcmp(e->in_base, path) == 0;
}

static int find(struct files *f, const char *base, const char *path, struct input **ret)
{
	struct input **grown;
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
	r = input_new(f, base, path, &f->entry[f->n]);
	if (r == 0)
		*ret = f->entry[f->n++];
	return r;
}

static bool is_long(const struct input *e)
{
	return e->facts.st.st_size > FILE_SMALL_LEN;
}

/* What was in memory goes; its memory is the caller's. */
static struct files_room take_idle(struct files *f)
{
	struct input *e = f->idle;
	struct files_room room = { .bytes = NULL };

	if (!e)
		return room;
	room = e->content;
	f->held -= e->facts.st.st_size;
	e->content.bytes = NULL;
	f->idle = NULL;
	return room;
}

/* One kernel after another: the kernel need not clear as many pages for each. */
static int make_room(void *context, size_t n, struct files_room *ret)
{
	struct files *f = context;
	struct files_room room = take_idle(f);
	const bool fits = n <= FILES_HELD_MAX - f->held;

	if (fits && room.len >= n)
		*ret = room;
	else
		free(room.bytes);
	return fits ? 0 : -EFBIG;
}

static void become_idle(struct input *e)
{
	struct files *f = e->of;

	if (e->users > 0 || !e->content.bytes || !is_long(e) || f->idle == e)
		return;
	free(take_idle(f).bytes);
	f->idle = e;
}

static int read_counted(struct files *f, const struct files_request *q, struct error *err,
			struct files_content *ret)
{
	int r;

	if (f->read > f->read_max)
		return error_set(err, -EFBIG, "%s: not read, because the files before it were more than "
				 "%" PRIu64 " bytes", q->path, f->read_max);
	r = files_read(q, err, ret);
	if (r == 0)
		f->read += ret->st.st_size;
	return r;
}

/* Again, when its bytes had to make room. */
static int load(struct input *e, bool keep, struct error *err)
{
	const struct files_request q = {
		.machine = e->of->machine, .base = e->base, .path = e->in_base, .keep = keep,
		.from_memory = e->of->from_memory, .room = make_room, .context = e->of
	};
	struct files_content found;
	int r;

	if (e->missing)
		return error_set(err, e->missing, "%s: %s", e->facts.path, strerror(-e->missing));
	if (e->hashed && (!keep || e->content.bytes))
		return 0;
	r = read_counted(e->of, &q, err, &found);
	if (r == -ENOENT || r == -ENOTDIR)
		e->missing = r;
	if (r < 0)
		return r;
	if (e->hashed && memcmp(found.digest, e->facts.sha256, SHA256_LEN) != 0) {
		free(found.content.bytes);
		return error_set(err, -ESTALE, "%s: it changed during this run", e->facts.path);
	}
	memcpy(e->facts.sha256, found.digest, SHA256_LEN);
	e->facts.st = found.st;
	e->hashed = e->has_stat = true;
	e->content = found.content;
	if (e->content.bytes && is_long(e))
		e->of->held += e->facts.st.st_size;
	become_idle(e);
	return 0;
}

int files_input(struct files *f, const char *base, const char *path, struct error *err, struct input **ret)
{
	struct input *e;
	int r = find(f, base, path, &e);

	if (r == 0)
		r = load(e, false, err);
	if (r == 0)
		*ret = e;
	return r;
}

const struct file_facts *input_facts(const struct input *i)
{
	return &i->facts;
}

int input_bytes(struct input *i, struct error *err, struct reader *ret)
{
	int r = load(i, true, err);

	if (r < 0)
		return r;
	i->users++;
	if (i->of->idle == i)
		i->of->idle = NULL;
	*ret = reader_new(i->content.bytes, i->facts.st.st_size);
	return 0;
}

void input_done(struct input *i)
{
	i->users--;
	become_idle(i);
}

int files_facts(struct files *f, const char *base, const char *path, struct error *err,
		const struct file_facts **ret)
{
	struct input *e;
	int r = files_input(f, base, path, err, &e);

	if (r == 0)
		*ret = &e->facts;
	return r;
}

int files_bytes(struct files *f, const char *base, const char *path, struct error *err, struct reader *ret)
{
	struct input *e;
	int r = find(f, base, path, &e);

	return r < 0 ? r : input_bytes(e, err, ret);
}

bool input_same_as(const struct input *i, const char *path)
{
	const struct file_facts *other;

	return files_facts(i->of, NULL, path, NULL, &other) == 0 &&
	       other->st.st_size == i->facts.st.st_size &&
	       memcmp(other->sha256, i->facts.sha256, SHA256_LEN) == 0;
}

static bool find_known(const struct input *e, uint8_t ret[static SHA256_LEN])
{
	const struct manifest *known = e->of->known;
	const struct manifest_file *m = known ? manifest_find(known, e->facts.path) : NULL;

	if (!m || !m->has_authenticode || memcmp(m->sha256, e->facts.sha256, SHA256_LEN) != 0)
		return false;
	memcpy(ret, m->authenticode, SHA256_LEN);
	return true;
}

int input_authenticode(struct input *i, struct error *err, uint8_t ret[static SHA256_LEN])
{
	struct reader image;
	int r;

	if (!i->has_authenticode && !find_known(i, i->authenticode)) {
		r = input_bytes(i, err, &image);
		if (r < 0)
			return r;
		r = pe_digest(&image, err, i->authenticode);
		input_done(i);
		if (r < 0)
			return error_prefix(err, r, "%s", i->facts.path);
	}
	i->has_authenticode = true;
	memcpy(ret, i->authenticode, SHA256_LEN);
	return 0;
}

int files_stat(struct files *f, const char *base, const char *path, struct stat *ret)
{
	struct input *e;
	int r = find(f, base, path, &e);

	if (r < 0)
		return r;
	if (!e->missing && !e->has_stat) {
		r = files_fstat(f->machine, base, path, &e->facts.st);
		if (r == -ENOENT || r == -ENOTDIR)
			e->missing = r;
		else if (r < 0)
			return r;
		else
			e->has_stat = true;
	}
	if (e->missing)
		return e->missing;
	*ret = e->facts.st;
	return 0;
}

int files_list(struct files *f, const char *base, const char *path,
	       int (*each)(void *context, const char *name), void *context)
{
	int fd = files_open(f->machine, base, path), r = 0;
	struct dirent *d;
	DIR *dir;

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

static int recheck(struct files *f, const struct input *e, struct error *err)
{
	const struct files_request q = {
		.machine = f->machine, .base = e->base, .path = e->in_base, .room = make_room, .context = f
	};
	struct files_content found;
	struct stat st;
	int r = files_fstat(f->machine, e->base, e->in_base, &st);

	if (e->missing)
		return r < 0 ? 0 : error_set(err, -ESTALE, "%s: it appeared during this run", e->facts.path);
	if (r < 0)
		return error_set(err, -ESTALE, "%s: it can no longer be read", e->facts.path);
	if (!e->hashed || same_stat(&st, &e->facts.st))
		return 0;
	r = read_counted(f, &q, err, &found);
	if (r < 0)
		return r;
	free(found.content.bytes);
	if (memcmp(found.digest, e->facts.sha256, SHA256_LEN) != 0)
		r = error_set(err, -ESTALE, "%s: it changed during this run", e->facts.path);
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
