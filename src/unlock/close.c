/* The command `close`: closes the window, so that the TPM does not unlock again in this boot. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "unlock/crypttab_guard.h"
#include "unlock/run.h"
#include "unlock/run_file.h"
#include "unlock/window.h"

/* a may be NULL: then the event is sent without a salted session. */
static enum unlock_exit close_window(const struct options *o, const struct anchor *a, struct result *result,
				     struct error *err)
{
	enum unlock_exit code = UNLOCK_DONE, one;
	struct tpms tpms = TPMS_NONE;
	size_t i;
	int r;

	r = tpms_open(o, a, err, &tpms);
	if (r < 0) {
		result->window = r == -EBUSY ? WINDOW_OPEN : WINDOW_NONE;
		code = r == -EBUSY ? UNLOCK_WINDOW : r == -ENODEV ? UNLOCK_NO_TPM : UNLOCK_FAILED;
		goto out;
	}
	for (i = 0; i < tpms.count; i++) {
		one = window_shut(tpms.tpm[i], i == 0 ? a : NULL, err);
		code = one > code ? one : code;
	}
	if (code == UNLOCK_DONE) {
		result->window = WINDOW_CLOSED;
		*err = ERROR_NONE; /* of a first try */
	}
	tpms_close(&tpms);
	result_step(result, STEP_WINDOW);
out:
	if (code == UNLOCK_WINDOW) {
		log_say("the window cannot be closed");
		log_say(WINDOW_ADVICE);
	}
	return code;
}

static void leave(const struct options *o, struct result *result)
{
	const struct targets none = TARGETS_NONE;
	struct error err = ERROR_NONE;

	result_step(result, STEP_TOTAL);
	if (result_write(result, &none, o->run_dir, &err) < 0)
		log_say("%s", err.text);
}

int run_close_after(const struct options *o, struct result *result)
{
	struct error err = ERROR_NONE;
	enum unlock_exit code;

	log_say("%s", result->reason.text);
	code = close_window(o, NULL, result, &err);
	if (err.text[0])
		log_say("%s", err.text);
	/* for a splash screen */
	run_file_write(o->run_dir, "prompt", result->reason.text, NULL);
	result->exit = code == UNLOCK_WINDOW ? UNLOCK_WINDOW : UNLOCK_FAILED;
	leave(o, result);
	return result->exit;
}

int close_main(const struct options *o, int count, char *const *names)
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
	if (r == -ENOENT)
		return UNLOCK_NOT_ENROLLED;
	run_file_remove(o->run_dir, RUN_WAITING, NULL);
	guard_reason(o, &result.reason);
	if (!result.reason.text[0])
		error_set(&result.reason, 0, "the window was closed before any volume was unlocked");
	err = ERROR_NONE;
	result.exit = close_window(o, r == 0 ? &anchor : NULL, &result, &err);
	if (err.text[0] && result.exit != UNLOCK_NO_TPM)
		log_say("%s", err.text);
	leave(o, &result);
	return result.exit;
}
