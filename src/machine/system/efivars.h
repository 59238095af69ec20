/*
 * UEFI variables as Linux shows them: /sys/firmware/efi/efivars/NAME-GUID, four bytes of attributes, then the
 * content.
 */
#ifndef MACHINE_SYSTEM_EFIVARS_H
#define MACHINE_SYSTEM_EFIVARS_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "measure/efi/secureboot.h"

#define EFIVARS_MAX 16 /* variables */

struct efivars {
	struct sb_vars vars; /* points into the contents */
	bool fwsetup;        /* OsIndicationsSupported: the firmware has a setup that can be asked for */
	struct buffer content[EFIVARS_MAX];
	size_t n;
};

/* Adds the content of one variable, "BootCurrent-8be4df61-...", to b. 1: there is one, 0: there is none. */
int efivars_add(const struct machine *m, const char *file, struct error *err, struct buffer *b);

/* All that Secure Boot and shim are decided by. -ENOENT with a message when there are none.*/
int efivars_read(const struct machine *m, struct error *err, struct efivars *ret);
void efivars_free(struct efivars *v); /* fine twice */

#endif
