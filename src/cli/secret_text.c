#include "cli/secret_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int secret_text_new(size_t max, struct secret_text *ret)
{
	*ret = SECRET_TEXT_NONE;
	return secret_new(max, &ret->memory);
}

void secret_text_add(struct secret_text *t, const void *data, size_t n)
{
	if (t->failed || n > t->memory.len - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->memory.bytes + t->len, data, n);
	t->len += n;
}

void secret_text_addf(struct secret_text *t, const char *fmt, ...)
{
	const size_t room = t->memory.len - t->len;
	va_list ap;
	int n;

	if (t->failed)
		return;
	va_start(ap, fmt);
	n = vsnprintf((char *)t->memory.bytes + t->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		t->failed = true;
	else
		t->len += (size_t)n;
}

int secret_text_write(const struct secret_text *t, int fd)
{
	ssize_t n;

	if (t->failed)
		return -ENOSPC;
	for (size_t at = 0; at < t->len; at += (size_t)n) {
		n = write(fd, t->memory.bytes + at, t->len - at);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
	}
	return 0;
}

void secret_text_free(struct secret_text *t)
{
	secret_free(&t->memory);
	*t = SECRET_TEXT_NONE;
}
