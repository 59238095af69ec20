#include "machine/trust/initrd.h"

#include <errno.h>

#include "base/process.h"
#include "measure/initrd/packed.h"

#define TIMEOUT_MS 300000 /* zstd on an emulated machine */

/* As mkinitramfs 0.142 calls them; no stream may ask for more memory than the kernel would give it. */
static const char *const programs[][4] = {
	[PACKED_GZIP] = { "gzip", "-dc" },
	[PACKED_ZSTD] = { "zstd", "-dcq" },
	[PACKED_XZ] = { "xz", "-dc", "-M256MiB" },
	[PACKED_LZ4] = { "lz4", "-dcq" },
	[PACKED_LZMA] = { "xz", "-dcM256MiB", "--format=lzma" },
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
		r = error_set(u->err, -EBADMSG, "the compressed part holds data that is not a cpio archive");
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
	enum packing format;
	int r;

	r = packed_format(packed, u->err, &format);
	if (r == 0)
		r = packed_check(packed, format, u->err);
	if (r < 0)
		return r;
	p.argv = programs[format];
	r = process_run(&p, u->err);
	return r < 0 ? r : packed_check_end(packed, format, u->bytes, u->err);
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
