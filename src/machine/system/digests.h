/*
 * Files that a collected machine has only the size and SHA-256 of: `bootseal report` keeps what may hold
 * secrets, initrds above all, where it is. A list in the tree, one file a line: digest, size in bytes,
 * path on the machine.
 */
#ifndef MACHINE_SYSTEM_DIGESTS_H
#define MACHINE_SYSTEM_DIGESTS_H

#include <sys/stat.h>

#include "base/buffer.h"
#include "hash/hash.h"
#include "machine/system/machine.h"

#define DIGESTS_PATH "/report/digests"

/* Is the machine such a tree? Then no initrd can be looked into. */
bool digests_only(const struct machine *m);

/*
 * -EBADMSG with file and line; 0 also where there is no list. What asks for a file afterwards finds it or
 * not.
 */
int digests_check(const struct machine *m, struct error *err);

void digests_add(struct buffer *list, const char *path, uint64_t size,
		 const uint8_t digest[static SHA256_LEN]);

/*
 * Looks the path up in the tree's list: -ENOENT when it is not in it, or when the machine is no tree.
 * ret_st: a regular file of that size, all else zero.
 */
int digests_find(const struct machine *m, const char *path, struct error *err, struct stat *ret_st,
		 uint8_t ret_digest[static SHA256_LEN]);

#endif
