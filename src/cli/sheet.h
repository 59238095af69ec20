/*
 * The recovery key on a sheet of paper: one page of PDF, which every printer queue takes (`| lp`) and every
 * telephone and desktop shows. HTML would need a browser on a server, which lp does not have. Its fonts are
 * those that every PDF reader has; a stroke is drawn through each zero.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "cli/secret_text.h"
#include "machine/system/targets.h"

#define SHEET_STDOUT "-"

struct sheet {
	const char *host;
	const struct target *target; /* the volumes that the key opens */
	size_t target_count;
	int64_t at; /* seconds since 1970 */
};

/* The page; a QR code is on it where libqrencode is installed. The key: recovery_new(). */
int sheet_compose(const struct sheet *s, const struct secret *key, struct error *err,
		  struct secret_text *ret);

/*
 * Before anything is made: can it be written there? "-": standard output. -EEXIST: there is something of that
 * name, -ENOTTY: a terminal; others of its directory.
 */
int sheet_check(const char *path, struct error *err);

/*
 * A new file of mode 0600; or standard output, which ends then, so that a program behind a pipe sees the end.
 * What was written in part is removed.
 */
int sheet_write(const struct secret_text *page, const char *path, struct error *err);

/*
 * From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT remove that file before they end the program: its key is
 * not known to work yet. NULL: no more. The path is borrowed.
 */
void sheet_guard(const char *path);

/* Why the file is better not left there, one line; NULL: it is in memory only, or went down a pipe. */
const char *sheet_lasts(const char *path);

#endif
