#include "cli/cmd_volume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "machine/enroll_late.h"
#include "machine/system/late.h"

static int tell(int r, const struct error *err)
{
	log_say("%s", err->text[0] ? err->text : strerror(-r));
	return cli_exit_code(r);
}

int enroll_volume(const struct machine *m, const char *name, const char *key_file)
{
	struct secret passphrase = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct target t;
	int r;

	if (!cli_need_enrolled(m))
		return EXIT_NOT_ENROLLED;
	r = late_look(m, name, &err, &t);
	if (r == 0)
		r = ask_for_volume(&t, key_file, &err, &passphrase);
	if (r == 0)
		r = late_add(m, &t, &passphrase, &err);
	secret_free(&passphrase);
	if (r < 0)
		return tell(r == -EPERM || r == -EEXIST || r == -EOPNOTSUPP ? -ECANCELED : r, &err);
	log_note_row("Volume", "%s (%s) is opened with a key on the encrypted root from the next boot on",
		     t.name, t.device);
	return EXIT_YES;
}

int remove_volume(const struct machine *m, const char *name)
{
	struct late_removed removed;
	struct error err = ERROR_NONE;
	int r;

	r = late_take_off(m, name, &err, &removed);
	if (r < 0)
		return tell(r, &err);
	event_removal(name);
	log_note_print(0,
		       "Removed: the keyslot of %s for the key on the root. The next boot asks for its "
		       "passphrase.",
		       name);
	return EXIT_YES;
}
