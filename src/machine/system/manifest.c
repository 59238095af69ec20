#include "machine/system/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/reader.h"
#include "base/text.h"

#define HEADER "bootseal-manifest 1"

static void file_clear(struct manifest_file *f)
{
	free(f->path);
	f->path = NULL;
}

void manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		file_clear(&m->file[i]);
	free(m->file);
	*m = MANIFEST_NONE;
}

/* Where the path is, or would have to be. */
static size_t place_of(const struct manifest *m, const char *path, bool *ret_there)
{
	size_t low = 0, high = m->n, middle;
	int c;

	*ret_there = false;
	while (low < high && !*ret_there) {
		middle = low + (high - low) / 2;
		c = strcmp(m->file[middle].path, path);
		if (c == 0) {
			*ret_there = true;
			low = middle;
		} else if (c < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

const struct manifest_file *manifest_find(const struct manifest *m, const char *path)
{
	bool there;
	size_t at = place_of(m, path, &there);

	return there ? &m->file[at] : NULL;
}

static bool is_path(const struct reader *r)
{
	if (r->left == 0 || r->left >= PATH_MAX || r->at[0] != '/')
		return false;
	for (size_t i = 0; i < r->left; i++)
		if (r->at[i] < 0x20 || r->at[i] == 0x7f)
			return false;
	return true;
}

bool manifest_takes(const char *path)
{
	struct reader r = reader_new(path, strlen(path));

	return is_path(&r);
}

int manifest_set(struct manifest *m, const struct manifest_file *file)
{
	struct manifest_file copy = *file, *grown;
	bool there;
	size_t at = place_of(m, file->path, &there);

	if (!manifest_takes(file->path))
		return -EINVAL;
	copy.path = strdup(file->path);
	if (!copy.path)
		return -ENOMEM;
	if (there) {
		file_clear(&m->file[at]);
		m->file[at] = copy;
		return 0;
	}
	grown = m->n < MANIFEST_MAX ? reallocarray(m->file, m->n + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		free(copy.path);
		return m->n < MANIFEST_MAX ? -ENOMEM : -E2BIG;
	}
	m->file = grown;
	memmove(&grown[at + 1], &grown[at], (m->n - at) * sizeof(*grown));
	grown[at] = copy;
	m->n++;
	return 0;
}

void manifest_remove(struct manifest *m, const char *path)
{
	bool there;
	size_t at = place_of(m, path, &there);

	if (!there)
		return;
	file_clear(&m->file[at]);
	m->n--;
	memmove(&m->file[at], &m->file[at + 1], (m->n - at) * sizeof(*m->file));
}

static bool take_word(struct reader *line, struct reader *ret)
{
	const uint8_t *space = line->left ? memchr(line->at, ' ', line->left) : NULL;

	return space && reader_take(line, space - line->at, ret) && reader_skip(line, 1);
}

static bool take_digest(struct reader *line, uint8_t ret[static SHA256_LEN])
{
	struct reader word;

	return take_word(line, &word) && text_unhex((const char *)word.at, word.left, ret, SHA256_LEN) == 0;
}

/* "-" or a digest */
static bool take_maybe_digest(struct reader *line, bool *ret_has, uint8_t ret[static SHA256_LEN])
{
	struct reader word;

	if (!take_word(line, &word))
		return false;
	*ret_has = !reader_equals(&word, "-");
	return !*ret_has || text_unhex((const char *)word.at, word.left, ret, SHA256_LEN) == 0;
}

static bool parse_file(struct reader line, struct manifest_file *ret)
{
	struct reader word;

	return take_word(&line, &word) && reader_equals(&word, "file") && take_digest(&line, ret->sha256) &&
	       take_word(&line, &word) &&
	       text_number((const char *)word.at, word.left, INT64_MAX, &ret->size) == 0 &&
	       take_maybe_digest(&line, &ret->has_authenticode, ret->authenticode) &&
	       take_maybe_digest(&line, &ret->has_proof, ret->proof) && is_path(&line) &&
	       (ret->path = strndup((const char *)line.at, line.left)) != NULL;
}

static int parse_line(const struct reader *line, struct manifest *m, const char **ret_problem)
{
	struct manifest_file file = { .path = NULL };
	int r = -EBADMSG;

	*ret_problem = "not a line of a manifest";
	if (parse_file(*line, &file)) {
		*ret_problem = "paths out of order or duplicate";
		if (m->n == 0 || strcmp(m->file[m->n - 1].path, file.path) < 0) {
			*ret_problem = "too many files";
			r = manifest_set(m, &file);
		}
	}
	free(file.path);
	return r;
}

int manifest_parse(const void *text, size_t n, const char *name, struct error *err, struct manifest *ret)
{
	struct reader rest = reader_new(text, n), line;
	struct manifest m = MANIFEST_NONE;
	const char *problem = "the first line is not \"" HEADER "\"";
	size_t number = 1;
	int r = 0;

	if (n > MANIFEST_MAX_LEN)
		return error_set(err, -EFBIG, "%s: longer than %u bytes", name, MANIFEST_MAX_LEN);
	if (!reader_line(&rest, &line) || !reader_equals(&line, HEADER))
		r = -EBADMSG;
	while (r == 0 && reader_line(&rest, &line)) {
		number++;
		r = parse_line(&line, &m, &problem);
	}
	if (r == 0 && n > 0 && ((const char *)text)[n - 1] != '\n') {
		r = -EBADMSG;
		problem = "the line has no newline";
	}
	if (r < 0) {
		manifest_free(&m);
		return error_set(err, r, "%s, line %zu: %s", name, number,
				 r == -ENOMEM ? "out of memory" : problem);
	}
	*ret = m;
	return 0;
}

static void add_digest(struct buffer *b, bool has, const uint8_t digest[static SHA256_LEN])
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(digest, SHA256_LEN, hex);
	buffer_addf(b, " %s", has ? hex : "-");
}

int manifest_format(const struct manifest *m, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	buffer_add_str(&b, HEADER "\n");
	for (size_t i = 0; i < m->n; i++) {
		const struct manifest_file *f = &m->file[i];

		buffer_add_str(&b, "file");
		add_digest(&b, true, f->sha256);
		buffer_addf(&b, " %llu", (unsigned long long)f->size);
		add_digest(&b, f->has_authenticode, f->authenticode);
		add_digest(&b, f->has_proof, f->proof);
		buffer_addf(&b, " %s\n", f->path);
	}
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return -ENOMEM;
	}
	*ret = b;
	return 0;
}

int manifest_read(const struct machine *m, struct error *err, struct manifest *ret)
{
	struct buffer text = BUFFER_NONE;
	char full[PATH_MAX];
	int r;

	r = machine_path(m, MANIFEST_PATH, full);
	if (r == 0)
		r = file_read(full, MANIFEST_MAX_LEN, err, &text);
	if (r == -ENOENT) {
		*ret = MANIFEST_NONE;
		return 0;
	}
	if (r == 0)
		r = manifest_parse(text.data, text.len, full, err, ret);
	buffer_free(&text);
	return r;
}

int manifest_write(const struct machine *m, const struct manifest *mf, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	char full[PATH_MAX], dir[PATH_MAX];
	int r;

	r = machine_path(m, MANIFEST_PATH, full);
	if (r == 0)
		r = machine_path(m, MACHINE_STATE_DIR, dir);
	if (r == 0)
		r = manifest_format(mf, &text);
	if (r < 0)
		return error_set(err, r, "%s: %s", MANIFEST_PATH, strerror(-r));
	r = file_mkdir(dir, 0700, err);
	if (r == 0)
		r = file_replace(full, text.data, text.len, 0600, err);
	buffer_free(&text);
	return r;
}
