/* Commands that are simple enough to need no file of their own. */
#ifndef MEASURE_GRUB_CMD_CORE_H
#define MEASURE_GRUB_CMD_CORE_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_nothing(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_false(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_echo(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_sleep(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_set(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_unset(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_export(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_insmod(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_cat(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_play(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_cpuid(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_fwsetup(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_end(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_locked(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_keystatus(struct grub *g, const struct grub_call *call);

#endif
