/* Which program an image says that it is: its section .sbat (shim's SBAT.md). */
#ifndef MACHINE_CHAIN_SBAT_H
#define MACHINE_CHAIN_SBAT_H

#include <stdbool.h>

#include "base/reader.h"

#define SBAT_VERSION_MAX 32

/*
 * "16.1" of a line "shim.debian,1,Debian,shim,16.1,https://...": of the last line of that component ("shim")
 * or of a vendor's. False when there is none.
 */
bool sbat_version(const struct reader *image, const char *component, char ret[static SBAT_VERSION_MAX]);

#endif
