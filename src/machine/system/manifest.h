/*
 * The manifest: which files of the boot chain were accepted, on the encrypted root (doc/design.md, 8).
 *
 * Text, one file a line, strict, sorted by path:
 *   bootseal-manifest 1
 *   file <sha256> <size> <authenticode or -> <proof key or -> <absolute path, to the end of the line>
 * proof key: an initrd that was proven to hold the required files (machine/trust/proof.h); a different key
 * means that it must be proven again.
 */
#ifndef MACHINE_SYSTEM_MANIFEST_H
#define MACHINE_SYSTEM_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "hash/hash.h"
#include "machine/system/machine.h"

#define MANIFEST_PATH MACHINE_STATE_DIR "/manifest"
#define MANIFEST_MAX_LEN (1u << 20)
#define MANIFEST_MAX 4096

struct manifest_file {
	char *path;
	uint64_t size;
	uint8_t sha256[SHA256_LEN];
	bool has_authenticode, has_proof;
	uint8_t authenticode[SHA256_LEN];
	uint8_t proof[SHA256_LEN];
};

struct manifest {
	struct manifest_file *file; /* owned, sorted by path */
	size_t n;
};

#define MANIFEST_NONE ((struct manifest){ .file = NULL })

/* -EBADMSG naming the line. */
int manifest_parse(const void *text, size_t n, const char *name, struct error *err, struct manifest *ret);
int manifest_format(const struct manifest *m, struct buffer *ret);
void manifest_free(struct manifest *m);

/* NULL when the path is not in it. */
const struct manifest_file *manifest_find(const struct manifest *m, const char *path);
/* Can a manifest name this path? Not one with control characters, above all a newline. */
bool manifest_takes(const char *path);
/* Adds or replaces (a copy). -EINVAL for a path that it does not take. */
int manifest_set(struct manifest *m, const struct manifest_file *file);
void manifest_remove(struct manifest *m, const char *path);

/* An absent file is an empty manifest. */
int manifest_read(const struct machine *m, struct error *err, struct manifest *ret);
int manifest_write(const struct machine *m, const struct manifest *mf, struct error *err);

#endif
