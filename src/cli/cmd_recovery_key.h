/* Making a recovery key, as `enroll` and `recovery-key` do it. */
#ifndef CLI_CMD_RECOVERY_KEY_H
#define CLI_CMD_RECOVERY_KEY_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"

/*
 * Shows a new key, asks to type it back when confirm is set, then stores it and replaces an older one: a key
 * that was not noted never works. -ECANCELED with a message when it was not confirmed.
 */
int recovery_show_and_set(const struct machine *m, const struct secret *auth, bool confirm,
			  struct error *err);

#endif
