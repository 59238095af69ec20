/* break, continue, shift, setparams, return, eval: commands that change the interpreter's state. */
#ifndef MEASURE_GRUB_CMD_FLOW_H
#define MEASURE_GRUB_CMD_FLOW_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_break(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_shift(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_setparams(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_return(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_eval(struct grub *g, const struct grub_call *call);

#endif
