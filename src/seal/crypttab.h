/*
 * crypttab(5), as cryptsetup-initramfs 2.6 reads it (functions file of Debian's cryptsetup), and the cryptopts= of the kernel command line that
 * its local-top script honours.
 */
#ifndef SEAL_CRYPTTAB_H
#define SEAL_CRYPTTAB_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/anchor.h"
#include "seal/volume.h"

#define CRYPTTAB_MAX_LEN 65536
#define CRYPTTAB_MAX 32

struct crypttab_entry {
	char name[TARGET_NAME_MAX];
	char device[256];          /* a path: UUID=, LABEL=, PARTUUID=, PARTLABEL=, ID= become /dev/disk/by-... (with udev's encoding) */
	struct volume_flags flags;
	char unsupported[64];      /* the first option that we cannot open with (plain, header=, keyscript=...): "" when none */
};

struct crypttab {
	struct crypttab_entry entry[CRYPTTAB_MAX];
	size_t count;
};

/* Strict about what it understands; err names the line. */
int crypttab_parse(const void *text, size_t n, const char *path, struct error *err, struct crypttab *ret);
/* Adds the cryptopts= targets of /proc/cmdline's text. */
int crypttab_add_cmdline(const void *cmdline, size_t n, struct error *err, struct crypttab *t);

#endif
