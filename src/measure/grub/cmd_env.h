/* load_env, save_env, list_env. */
#ifndef MEASURE_GRUB_CMD_ENV_H
#define MEASURE_GRUB_CMD_ENV_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_load_env(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_save_env(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_list_env(struct grub *g, const struct grub_call *call);

#endif
