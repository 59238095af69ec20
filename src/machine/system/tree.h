/*
 * Files as a boot loader sees them. The kernel tells the file systems of the real machine apart; in a tree
 * the files of all of them lie in one another, and names that meant the same file on FAT are different ones.
 */
#ifndef MACHINE_SYSTEM_TREE_H
#define MACHINE_SYSTEM_TREE_H

#include "machine/system/machine.h"

/*
 * path in what was mounted at base (machine/system/files.h): a descriptor with O_PATH, or negative errno.
 * Links end in it; -ENOENT for what another file system hides. In a tree /proc/self/mountinfo says what is
 * hidden, and where base was FAT: letters of either case are the same there.
 */
int tree_find(const struct machine *m, const char *base, const char *path);

#endif
