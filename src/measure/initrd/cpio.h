/*
 * A stream of cpio archives in the "newc" format, as the kernel unpacks an initramfs: one archive after
 * another, with zeros in between. Strict and bounded: what the kernel would skip is an error. Bytes are
 * pushed in as they come, and only small files are kept.
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
#define CPIO_KEEP_MAX 65536u         /* contents up to this size are passed on */
#define CPIO_ENTRIES_MAX 200000u     /* in one stream */

struct cpio_entry {
	const char *name;     /* without leading "./" or "/"; not empty, in its shortest form, printable */
	uint32_t mode;        /* as in stat */
	uint64_t size;        /* bytes */
	bool linked;          /* one of several names of a file: the content may come with a different name */
	bool hashed;          /* wants() returned true, and sha256 is set */
	uint8_t sha256[SHA256_LEN];
	const uint8_t *data;  /* content, or target of a link; NULL: longer than CPIO_KEEP_MAX */
};

struct cpio_sink {
	void *context;
	/* Is the digest of this regular file wanted? May be NULL: none is. */
	bool (*wants)(void *context, const char *name);
	/* A negative return ends the stream and is returned. */
	int (*entry)(void *context, const struct cpio_entry *entry);
	/* An archive ends. May be NULL. */
	void (*end)(void *context);
};

struct cpio;

/* The sink is borrowed. */
int cpio_new(const struct cpio_sink *sink, struct cpio **ret);
void cpio_free(struct cpio *c); /* fine on NULL */

/*
 * -EBADMSG, with the position in the stream in bytes, for anything that is not such an archive. *ret_used:
 * bytes that were consumed; fewer than n only between two archives, when no archive follows.
 */
int cpio_push(struct cpio *c, const void *data, size_t n, struct error *err, size_t *ret_used);
/* -EBADMSG when the stream ends within an archive. */
int cpio_end(struct cpio *c, struct error *err);

#endif
