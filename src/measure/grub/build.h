/* Which versions of GRUB there is a model of. */
#ifndef MEASURE_GRUB_VERSION_H
#define MEASURE_GRUB_VERSION_H

#include <stddef.h>

#include "base/error.h"

enum grub_version {
	GRUB_2_06 = 206,
	GRUB_2_12 = 212,
};

/*
 * The model that fits a GRUB image, from the text of its .sbat section (sbat is not NUL terminated).
 * -EOPNOTSUPP: no line of GRUB's in it, a version without a model, or not Debian's build.
 */
int grub_version_from_sbat(const char *sbat, size_t sbat_len, struct error *err,
			   enum grub_version *ret_version);

#endif
