/*
 * Runs another program and takes what it prints. Only the tool does this: the unlock program starts nothing.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct process {
	const char *const *argv; /* NULL terminated; argv[0] is searched in PATH */
	const char *const *env;  /* "NAME=VALUE" put over our environment; NULL: none */
	const char *chroot;      /* NULL: none */
	const void *input;       /* fed to its standard input; NULL: /dev/null */
	size_t input_len;
	int timeout_ms;          /* for the whole of it */
	/*
	 * Called with each piece of standard output; a negative return ends the program and is returned.
	 * NULL: not wanted.
	 */
	int (*output)(void *context, const void *data, size_t n);
	void *context;
};

/*
 * 0 when it ended with status 0. -EPIPE: another status, or a signal; -ETIMEDOUT; -ENOENT: no such program.
 * The words name the program and what it said last on standard error.
 */
int process_run(const struct process *p, struct error *err);

/* The same with the output collected. -EFBIG past max bytes. */
int process_capture(const struct process *p, size_t max, struct error *err, struct buffer *ret);

#endif
