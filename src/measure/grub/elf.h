/* The sections of a GRUB module, which is an ELF64 file. */
#ifndef MEASURE_GRUB_ELF_H
#define MEASURE_GRUB_ELF_H

#include <stdbool.h>

#include "base/reader.h"

/* The content of the section of that name. False when the file is malformed or has no such section. */
bool grub_elf_section(struct reader whole, const char *name, struct reader *ret_section);

#endif
