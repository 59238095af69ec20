/*
 * Runs a program and captures its output. Only the tool does this: the unlock program starts no process.
 *
 * The program gets a process group of its own. It is killed with all that it started at its timeout and when
 * the caller does not want more of it; where SIGINT, SIGTERM, SIGHUP or SIGQUIT ends the caller meanwhile,
 * all of them get SIGTERM. One program at a time.
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
	const void *input;       /* fed to its standard input; NULL: input_fd */
	size_t input_len;
	int input_fd;            /* its standard input, from where the file is; 0: /dev/null */
	int timeout_ms;          /* for the whole run */
	int first_ms;            /* until the first of its output; 0: timeout_ms */
	/*
	 * Called with each piece of standard output; a negative return ends the program and is returned.
	 * NULL: not wanted.
	 */
	int (*output)(void *context, const void *data, size_t n);
	void *context;
};

/*
 * 0 for exit status 0. -EPIPE: any other status, or a signal; -ETIMEDOUT; -ENOENT: no such program.
 * The message names the program and has its last line on standard error.
 */
int process_run(const struct process *p, struct error *err);

/* The same with the output collected. -EFBIG past max bytes. */
int process_capture(const struct process *p, size_t max, struct error *err, struct buffer *ret);

#endif
