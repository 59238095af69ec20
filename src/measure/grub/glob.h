/* Wildcards in arguments. */
#ifndef MEASURE_GRUB_GLOB_H
#define MEASURE_GRUB_GLOB_H

#include "measure/grub/argv.h"

struct grub;

/* What the pattern matches, in the file system's order; NULL: no match, or no wildcard. */
struct grub_argv *grub_glob(struct grub *g, const char *pattern);

#endif
