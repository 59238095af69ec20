/* test, which is also called [. */
#ifndef MEASURE_GRUB_CMD_TEST_H
#define MEASURE_GRUB_CMD_TEST_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_test(struct grub *g, const struct grub_call *call);

#endif
