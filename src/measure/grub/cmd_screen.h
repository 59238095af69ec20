/* terminal_input, terminal_output, loadfont, background_image. */
#ifndef MEASURE_GRUB_CMD_SCREEN_H
#define MEASURE_GRUB_CMD_SCREEN_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_terminal(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_loadfont(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_background_image(struct grub *g, const struct grub_call *call);

#endif
