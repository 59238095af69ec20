/* The table of all commands. */
#ifndef MEASURE_GRUB_CMD_TABLE_H
#define MEASURE_GRUB_CMD_TABLE_H

#include "measure/grub/cmd.h"

/* NULL: no command of the signed images. */
const struct grub_cmd_entry *grub_cmd_table_find(const char *name);

#endif
