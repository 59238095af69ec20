/* linux, initrd, chainloader, boot. */
#ifndef MEASURE_GRUB_CMD_BOOT_H
#define MEASURE_GRUB_CMD_BOOT_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_linux(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_initrd(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_chainloader(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_boot(struct grub *g, const struct grub_call *call);

/* Starts what is loaded. */
void grub_boot(struct grub *g) __attribute__((noreturn));

#endif
