/* A directory tree of a test's own, as the root of a machine; removed with tree_remove(). */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "machine/system/machine.h"

struct tree {
	char root[64];
	struct machine machine;
};

void tree_path(const struct tree *t, const char *path, char ret[static PATH_MAX]);
void tree_write(const struct tree *t, const char *path, const void *data, size_t n);
void tree_write_text(const struct tree *t, const char *path, const char *text);
/* A device's attribute as sysfs has it: device "254:1", name "dm/uuid" or "slaves/dm-0/dev". */
void tree_write_device(const struct tree *t, const char *device, const char *name, const char *text);
void tree_link(const struct tree *t, const char *path, const char *to);
void tree_unlink(const struct tree *t, const char *path);
void tree_make(struct tree *t);
void tree_make_on_disk(struct tree *t); /* a file can leave the memory */
void tree_remove(const struct tree *t);

#endif
