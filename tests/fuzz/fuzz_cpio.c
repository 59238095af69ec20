#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/initrd/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool wants(void *context, const char *name)
{
	return name[0] == 'i';
}

static int hear(void *context, const struct cpio_entry *e)
{
	struct buffer *heard = context;

	if (e->name[0] == '\0' || strstr(e->name, "/../"))
		abort();
	buffer_addf(heard, "%s %o %llu %d ", e->name, e->mode, (unsigned long long)e->size, e->hashed);
	if (e->hashed)
		buffer_add(heard, e->sha256, SHA256_LEN);
	if (e->data)
		buffer_add(heard, e->data, e->size);
	else if (e->size <= CPIO_KEEP_MAX)
		abort();
	return 0;
}

static int parse(const uint8_t *data, size_t n, size_t step, struct buffer *heard, size_t *ret_used)
{
	const struct cpio_sink sink = { .context = heard, .wants = wants, .entry = hear };
	struct cpio *c;
	size_t at = 0, used = 0, piece = 0;
	int r;

	if (cpio_new(&sink, &c) < 0)
		abort();
	do {
		piece = n - at < step ? n - at : step;
		r = cpio_push(c, data + at, piece, NULL, &used);
		at += r == 0 ? used : 0;
	} while (r == 0 && used == piece && at < n);
	if (r == 0)
		r = cpio_end(c, NULL);
	cpio_free(c);
	*ret_used = at;
	return r;
}

/* However the bytes come, the same files are in them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buffer whole = BUFFER_NONE, pieces = BUFFER_NONE;
	size_t used_whole, used_pieces;
	int r;

	r = parse(data, n, n + 1, &whole, &used_whole);
	if (r != parse(data, n, n % 61 + 1, &pieces, &used_pieces))
		abort();
	if (r == 0 && (used_whole != used_pieces || whole.len != pieces.len ||
		       (whole.len > 0 && memcmp(whole.data, pieces.data, whole.len) != 0)))
		abort();
	buffer_free(&whole);
	buffer_free(&pieces);
	return 0;
}
