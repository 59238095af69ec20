/* `enroll --volume NAME` and `remove --volume NAME`. */
#ifndef CLI_CMD_VOLUME_H
#define CLI_CMD_VOLUME_H

#include "machine/system/machine.h"

/* Both return an exit code. key_file: NULL to ask. */
int enroll_volume(const struct machine *m, const char *name, const char *key_file);
int remove_volume(const struct machine *m, const char *name);

#endif
