#include "machine/initrd.h"

#include <errno.h>
#include <string.h>

#include "base/process.h"

#define TIMEOUT_MS 300000 /* zstd on an emulated machine */

/* Linux lib/decompress.c knows the same ones; how initramfs-tools calls them: mkinitramfs 0.142. */
static const struct {
	const char *magic;
	size_t len;
	const char *argv[4];
} formats[] = {
	{ "\x1f\x8b", 2, { "gzip", "-dc" } },
	{ "\x28\xb5\x2f\xfd", 4, { "zstd", "-dcq" } },
	{ "\xfd"
	  "7zXZ\0",
	  6,
	  { "xz", "-dc" } },
	{ "\x02\x21\x4c\x18", 4, { "lz4", "-dcq" } },
	{ "\x04\x22\x4d\x18", 4, { "lz4", "-dcq" } },
	{ "BZh", 3, { "bzip2", "-dc" } },
	{ "\x5d\0\0", 3, { "xz", "-dc", "--format=lzma" } },
	{ "\x89LZO\0", 5, { "lzop", "-dc" } },
};

struct unpacking {
	struct cpio *cpio;
	uint64_t bytes;
	struct error *err;
};

static int take_piece(void *context, const void *data, size_t n)
{
	struct unpacking *u = context;
	size_t used;
	int r;

	u->bytes += n;
	if (u->bytes > INITRD_UNPACKED_MAX)
		return error_set(u->err, -EFBIG, "it unpacks to more than %llu bytes",
				 (unsigned long long)INITRD_UNPACKED_MAX);
	r = cpio_push(u->cpio, data, n, u->err, &used);
	if (r == 0 && used < n)
		r = error_set(u->err, -EBADMSG, "something that is no cpio archive in the compressed part");
	return r;
}

static int decompress(const struct reader *packed, struct unpacking *u)
{
	struct process p = {
		.input = packed->at,
		.input_len = packed->left,
		.timeout_ms = TIMEOUT_MS,
		.output = take_piece,
		.context = u,
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (packed->left >= formats[i].len && memcmp(packed->at, formats[i].magic, formats[i].len) == 0) {
			p.argv = formats[i].argv;
			return process_run(&p, u->err);
		}
	return error_set(u->err, -EBADMSG, "neither a cpio archive nor a compression that the kernel knows");
}

int initrd_unpack(const struct reader *initrd, const struct cpio_sink *sink, struct error *err)
{
	struct unpacking u = { .err = err };
	struct reader rest = *initrd;
	size_t used;
	int r;

	r = cpio_new(sink, &u.cpio);
	if (r < 0)
		return error_set(err, r, "out of memory");
	r = cpio_push(u.cpio, rest.at, rest.left, err, &used);
	if (r == 0 && reader_skip(&rest, used) && rest.left > 0) {
		cpio_free(u.cpio);
		u.cpio = NULL;
		r = cpio_new(sink, &u.cpio);
		if (r == 0)
			r = decompress(&rest, &u);
	}
	if (r == 0)
		r = cpio_end(u.cpio, err);
	cpio_free(u.cpio);
	return r;
}
