/* Making a recovery key, as `enroll` and `recovery-key` do it. */
#ifndef CLI_CMD_RECOVERY_KEY_H
#define CLI_CMD_RECOVERY_KEY_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"

struct recovery_options {
	bool confirm;       /* ask to type it back */
	bool qr;            /* at a terminal also as a QR code, with libqrencode */
	/* a command for /bin/sh that takes the key on its standard input, a line; NULL: show it */
	const char *escrow;
	/* for a page to print instead of the screen (cli/sheet.h); NULL: none. Not for recovery_tell() */
	const char *sheet;
};

/* Shows a key, or gives it to the command. Errors as below. */
int recovery_tell(const struct secret *key, const struct recovery_options *o, struct error *err);

/*
 * Shows a new key, or gives it to the command, and then stores it and replaces an older one: a key that was
 * not noted never works. -ECANCELED with a message when it was not confirmed, or the command failed.
 */
int recovery_hand_out(const struct machine *m, const struct secret *auth, const struct recovery_options *o,
		      struct error *err);

/* The same, unless there is one already, which a person has noted; then it says what is to be said. */
int recovery_add(const struct machine *m, const struct secret *auth, const struct recovery_options *o,
		 struct error *err);

#endif
