#include "machine/trust/initrd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "measure/initrd/packed.h"

#define TIMEOUT_MS 300000 /* zstd on an emulated machine */
#define PIECE 65536 /* bytes read at once */
#define HEAD 64     /* bytes that tell the format */

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

/* From input, or else from the file's position on. */
static int decompress(enum packing format, const struct reader *input, int fd, struct unpacking *u)
{
	const struct process p = {
		.argv = programs[format],
		.input = input ? input->at : NULL,
		.input_len = input ? input->left : 0,
		.input_fd = fd,
		.timeout_ms = TIMEOUT_MS,
		.output = take_piece,
		.context = u,
	};

	return process_run(&p, u->err);
}

static int decompress_one_stream(const struct reader *packed, struct unpacking *u)
{
	enum packing format;
	int r;

	r = packed_format(packed, u->err, &format);
	if (r == 0)
		r = packed_check(packed, format, u->err);
	if (r == 0)
		r = decompress(format, packed, 0, u);
	return r < 0 ? r : packed_check_end(packed, format, u->bytes, u->err);
}

/* After the archives that are not compressed. */
static int begin_compressed(struct unpacking *u, const struct cpio_sink *sink)
{
	cpio_free(u->cpio);
	u->cpio = NULL;
	return cpio_new(sink, &u->cpio);
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
		r = begin_compressed(&u, sink);
		if (r == 0)
			r = decompress_one_stream(&rest, &u);
	}
	if (r == 0)
		r = cpio_end(u.cpio, err);
	cpio_free(u.cpio);
	return r;
}

/* 1: the position is where the archives that are not compressed end, and something follows. */
static int push_file(int fd, struct unpacking *u)
{
	uint8_t piece[PIECE];
	size_t used;
	ssize_t n;
	int r;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(u->err, -errno, "cannot read: %s", strerror(errno));
		r = cpio_push(u->cpio, piece, n, u->err, &used);
		if (r < 0)
			return r;
		if (used < (size_t)n)
			return lseek(fd, (off_t)used - n, SEEK_CUR) < 0 ? -errno : 1;
	}
	return 0;
}

static int decompress_file(int fd, struct unpacking *u)
{
	uint8_t head[HEAD];
	enum packing format;
	struct reader packed;
	ssize_t n = pread(fd, head, sizeof(head), lseek(fd, 0, SEEK_CUR));
	int r;

	if (n < 0)
		return error_set(u->err, -errno, "cannot read: %s", strerror(errno));
	packed = reader_new(head, n);
	r = packed_format(&packed, u->err, &format);
	return r < 0 ? r : decompress(format, NULL, fd, u);
}

int initrd_unpack_file(int fd, const struct cpio_sink *sink, struct error *err)
{
	struct unpacking u = { .err = err };
	int r;

	r = cpio_new(sink, &u.cpio);
	if (r < 0)
		return error_set(err, r, "out of memory");
	r = push_file(fd, &u);
	if (r > 0) {
		r = begin_compressed(&u, sink);
		if (r == 0)
			r = decompress_file(fd, &u);
	}
	if (r == 0)
		r = cpio_end(u.cpio, err);
	cpio_free(u.cpio);
	return r;
}
