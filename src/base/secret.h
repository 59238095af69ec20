/*
 * The one type that holds a secret: whole pages of its own, locked, kept out of core dumps and of
 * children, wiped when freed.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

struct secret {
	uint8_t *bytes;    /* NULL when empty */
	size_t len;        /* bytes of the secret */
	size_t mapped_len; /* bytes of the mapping */
};

#define SECRET_NONE ((struct secret){ .bytes = NULL })

/* Zeroed, len bytes. -ENOMEM, or what mlock() said. */
int secret_new(size_t len, struct secret *ret);
/* len random bytes from the kernel. */
int secret_random(size_t len, struct secret *ret);
/* A whole file or pipe of at most max bytes; the bytes pass through no other buffer. -EFBIG when longer. */
int secret_read_fd(int fd, size_t max, struct secret *ret);
/*
 * Up to a newline, which is not part of it, or the end. One byte a read(), so that what follows stays unread;
 * before each of them ready() is called, whose error ends it. It may be NULL. -EFBIG when longer.
 */
int secret_read_line(int fd, size_t max, int (*ready)(void *context), void *context, struct secret *ret);
/* May be called on an empty secret, and twice. */
void secret_free(struct secret *s);

#endif
