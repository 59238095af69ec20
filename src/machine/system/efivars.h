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

#define EFIVARS_DIR "/sys/firmware/efi/efivars"
#define EFIVARS_GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"	/* EFI_GLOBAL_VARIABLE: UEFI 2.10, 3.3 */
#define EFIVARS_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f" /* EFI_IMAGE_SECURITY_DATABASE_GUID: 32.6.1 */

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
