/*
 * The Secure Boot side of both Debian logs. The real images are megabytes: stand-ins carry their real
 * signatures and built-in lists, and the Authenticode digests that the log itself holds in PCR 4.
 */
#ifndef TESTS_SECUREBOOT_SAMPLE_H
#define TESTS_SECUREBOOT_SAMPLE_H

#include "base/buffer.h"
#include "measure/efi/secureboot.h"

#define MAX_IMAGES 3

/* A recorded boot, its images, and what Linux would show in MokListRT and MokListXRT. */
struct sb_world {
	struct buffer log_bytes, file[MAX_IMAGES], list, list_x;
	struct eventlog log;
	struct event_list events; /* all of the log */
	struct sb_vars vars;
	struct sb_image image[MAX_IMAGES];
	struct sb_boot boot;
};

/* distro: of tests/secureboot; log: a path. */
void open_world(const char *distro, const char *log, struct sb_world *w);
void open_debian12(struct sb_world *w);
void close_world(struct sb_world *w);
/* What was computed is what the log has in PCR 7 and 14. */
void assert_as_logged(const struct event_list *got, const struct event_list *log);

#endif
