/*
 * A stream of cpio archives of the "newc" format, as the kernel unpacks an initramfs: one archive after
 * another, zeros in between. Strict and bounded, and what the kernel would pass over is an error; bytes are pushed in as they come, and nothing is kept but
 * small files.
 *
 * Linux Documentation/driver-api/early-userspace/buffer-format.rst and init/initramfs.c.
 */
#ifndef MEASURE_INITRD_CPIO_H
#define MEASURE_INITRD_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hash/hash.h"

#define CPIO_NAME_MAX 4096           /* bytes, the NUL included */
#define CPIO_KEEP_MAX 65536u         /* contents up to this size are handed over */
#define CPIO_ENTRIES_MAX 200000u     /* in one stream */

struct cpio_entry {
	const char *name;     /* as in the archive, without leading "./" or "/"; never empty, in its shortest form, printable */
	uint32_t mode;        /* as in stat */
	uint64_t size;        /* bytes */
	bool linked;          /* one of several names of a file: the content may come with another one */
	bool hashed;          /* wants() said so: then */
	uint8_t sha256[SHA256_LEN];
	const uint8_t *data;  /* the content (of a link: where it points), NULL when it is longer than CPIO_KEEP_MAX */
};

struct cpio_sink {
	void *context;
	/* Is the digest of this regular file wanted? May be NULL: none is. */
	bool (*wants)(void *context, const char *name);
	/* A negative return ends the stream with it. */
	int (*entry)(void *context, const struct cpio_entry *entry);
	/* An archive ends. May be NULL. */
	void (*end)(void *context);
};

struct cpio;

/* The sink is borrowed. */
int cpio_new(const struct cpio_sink *sink, struct cpio **ret);
void cpio_free(struct cpio *c); /* fine on NULL */

/*
 * -EBADMSG with words (where, in bytes from the start of the stream) for anything that is no such archive.
 * ret_used: bytes that were taken; fewer than n only between two archives, when what follows is not one.
 */
int cpio_push(struct cpio *c, const void *data, size_t n, struct error *err, size_t *ret_used);
/* -EBADMSG when the stream ends within an archive. */
int cpio_end(struct cpio *c, struct error *err);

#endif
