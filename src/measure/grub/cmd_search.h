/* search, search.file, search.fs_label, search.fs_uuid, probe. */
#ifndef MEASURE_GRUB_CMD_SEARCH_H
#define MEASURE_GRUB_CMD_SEARCH_H

#include "measure/grub/cmd.h"

enum grub_err grub_cmd_search(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_search_by(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_probe(struct grub *g, const struct grub_call *call);

#endif
