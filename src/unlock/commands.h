/*
 * bootseal-unlock: unlocks the anchor's volumes in the initramfs and closes the window.
 *
 * It starts no process, prints on stderr and leaves what happened in the run directory (result.h). Each
 * command is in cmd_NAME.c; lock, root and resume share cmd_lock.c.
 */
#ifndef UNLOCK_COMMANDS_H
#define UNLOCK_COMMANDS_H

#include "unlock/options.h"

/* names are the words after the command. They return an enum unlock_exit (base/exit_code.h). */
int cmd_open(const struct options *o, int count, char *const *names);
int cmd_close(const struct options *o, int count, char *const *names);
int cmd_confirm(const struct options *o, int count, char *const *names);
int cmd_lock(const struct options *o, int count, char *const *names);
int cmd_root(const struct options *o, int count, char *const *names);
int cmd_resume(const struct options *o, int count, char *const *names);
int cmd_explain(const struct options *o, int count, char *const *names);
int cmd_recover(const struct options *o, int count, char *const *names);

#endif
