/* The command `close`: closes the window, so that the TPM does not unlock again in this boot. */
#include <errno.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "unlock/commands.h"
#include "unlock/crypttab_guard.h"
#include "unlock/first_boot.h"
#include "unlock/last_resort.h"
#include "unlock/run_file.h"

int cmd_close(const struct options *o, int count, char *const *names)
{
	struct error err = ERROR_NONE;
	struct anchor anchor;
	struct result result;
	int r;

	if (count > 0) {
		log_say("%s: close takes no names", names[0]);
		return UNLOCK_USAGE;
	}
	result_begin(&result, "close");
	r = anchor_read(o->anchor, &err, &anchor);
	if (r == -ENOENT && !first_boot_is(o))
		return UNLOCK_NOT_ENROLLED;
	run_file_remove(o->run_dir, RUN_WAITING, NULL);
	run_file_remove(o->run_dir, RUN_ASK_PIN, NULL);
	guard_reason(o, &result.record.reason);
	if (!result.record.reason.text[0])
		error_set(&result.record.reason, 0, "the window was closed before any volume was unlocked");
	err = ERROR_NONE;
	result.record.exit = last_resort_close(o, r == 0 ? &anchor : NULL, &result, &err);
	if (err.text[0] && result.record.exit != UNLOCK_NO_TPM)
		log_say("%s", err.text);
	last_resort_leave(o, &result);
	return result.record.exit;
}
