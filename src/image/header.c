#include "image/header.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADER_LEN (64u << 20) /* more than any that cryptsetup makes without being told */
#define PIECE	   (64u << 10)

/* What is behind a shorter header is data, which stays as it is. */
static int copy(int from, uint64_t from_at, int to, uint64_t to_at, uint64_t n)
{
	uint8_t piece[PIECE];
	ssize_t got;

	n = n < HEADER_LEN ? n : HEADER_LEN;
	for (uint64_t at = 0; at < n; at += got) {
		got = pread(from, piece, n - at < PIECE ? n - at : PIECE, (off_t)(from_at + at));
		if (got <= 0 || pwrite(to, piece, got, (off_t)(to_at + at)) != got)
			return got < 0 ? -errno : -EIO;
	}
	return 0;
}

int image_header_read(const struct image_source *s, const char *file, struct error *err)
{
	int from = open(s->raw, O_RDONLY | O_CLOEXEC),
	    to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r = 0;

	if (from < 0 || to < 0 || ftruncate(to, (off_t)s->root->size) < 0)
		r = -errno;
	if (r == 0)
		r = copy(from, s->root->start, to, 0, s->root->size);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r < 0 ? error_set(err, r, "%s: its LUKS2 header cannot be read: %s", s->path, strerror(-r)) :
		       0;
}

int image_header_write(const struct image_source *s, const char *file, const char *raw, struct error *err)
{
	int from = open(file, O_RDONLY | O_CLOEXEC), to = open(raw, O_WRONLY | O_CLOEXEC), r = 0;

	if (from < 0 || to < 0)
		r = -errno;
	if (r == 0)
		r = copy(from, 0, to, s->root->start, s->root->size);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r < 0 ? error_set(err, r, "%s: its LUKS2 header cannot be written: %s", raw, strerror(-r)) : 0;
}
