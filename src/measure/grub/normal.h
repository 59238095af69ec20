/* Configuration files and menu entries. */
#ifndef MEASURE_GRUB_NORMAL_H
#define MEASURE_GRUB_NORMAL_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_source(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_normal(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_menuentry(struct grub *g, const struct grub_call *call);

/* Runs a configuration file and shows the menu that it makes. */
void grub_normal_execute(struct grub *g, const char *config, bool nested, bool batch);
/* Notes in the trace that this configuration file was asked for and is not there. */
void grub_note_missing(struct grub *g, const char *config);

#endif
