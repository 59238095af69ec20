/*
 * A machine for the GRUB model whose files are strings: included by the tests and fuzzers that write
 * scripts themselves.
 */
#ifndef TESTS_GRUB_MEMORY_H
#define TESTS_GRUB_MEMORY_H

#include <errno.h>
#include <string.h>

#include "hash/hash.h"
#include "measure/grub/grub.h"

#define MEMORY_FILES 16

struct memory_file {
	const char *path;
	const void *bytes;
	size_t len;
};

struct memory {
	struct memory_file files[MEMORY_FILES];
	struct grub_device devices[3];
	struct grub_files provider;
	struct grub_machine machine;
};

/* hd0 with an ESP and a /boot; files[0] is the configuration */
void memory_init(struct memory *m, enum grub_version version, const void *config, size_t len);
void memory_add(struct memory *m, const char *path, const void *bytes, size_t len);
/* grub_evaluate() of a GRUB 2.12 that has /vmlinuz, /initrd and /two besides; path: the entry, or NULL. */
int memory_evaluate(struct memory *m, const char *config, const char *path, struct error *err,
		    struct boot_trace *ret);

#endif
