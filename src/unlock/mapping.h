/* Is there a mapping of that name? As the kernel sees it: links under /dev come from udev, and come late. */
#ifndef UNLOCK_MAPPING_H
#define UNLOCK_MAPPING_H

#include <stdbool.h>

#include "unlock/options.h"

bool mapping_exists(const struct options *o, const char *name);

#endif
