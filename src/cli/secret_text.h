/* Text with a secret in it, put together in the memory of base/secret.h and written without stdio's buffers.
 */
#ifndef CLI_SECRET_TEXT_H
#define CLI_SECRET_TEXT_H

#include <stdbool.h>

#include "base/secret.h"

struct secret_text {
	struct secret memory;
	size_t len;
	bool failed; /* there was no room for an add */
};

#define SECRET_TEXT_NONE ((struct secret_text){ .len = 0 })

/* Room for max bytes. Errors of secret_new(). */
int secret_text_new(size_t max, struct secret_text *ret);
void secret_text_add(struct secret_text *t, const void *data, size_t n);
void secret_text_addf(struct secret_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All of it; -ENOSPC after a failed add, or what write() said. */
int secret_text_write(const struct secret_text *t, int fd);
void secret_text_free(struct secret_text *t); /* fine twice */

#endif
