/* regexp. */
#ifndef MEASURE_GRUB_CMD_REGEXP_H
#define MEASURE_GRUB_CMD_REGEXP_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_regexp(struct grub *g, const struct grub_call *call);

#endif
