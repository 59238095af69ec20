#include "unlock/last_resort.h"

#include <errno.h>

#include "base/log.h"
#include "unlock/run_file.h"
#include "unlock/target.h"
#include "unlock/tpms.h"
#include "unlock/window.h"

enum unlock_exit last_resort_close(const struct options *o, const struct anchor *a, struct result *result,
				   struct error *err)
{
	enum unlock_exit code = UNLOCK_DONE, one;
	struct tpms tpms = TPMS_NONE;
	size_t i;
	int r;

	r = tpms_open(o, a, err, &tpms);
	if (r < 0) {
		/* what we lack says nothing about the TPM, which may answer the next program */
		bool may_unlock = r == -EBUSY || r == -ENOMEM || r == -EMFILE || r == -ENFILE;

		result->record.window = may_unlock ? WINDOW_OPEN : WINDOW_NONE;
		code = may_unlock ? UNLOCK_WINDOW : r == -ENODEV ? UNLOCK_NO_TPM : UNLOCK_FAILED;
		goto out;
	}
	for (i = 0; i < tpms.count; i++) {
		one = window_shut(tpms.tpm[i], i == 0 ? a : NULL, err);
		code = one > code ? one : code;
	}
	if (code == UNLOCK_DONE) {
		result->record.window = WINDOW_CLOSED;
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

void last_resort_leave(const struct options *o, struct result *result)
{
	const struct targets none = TARGETS_NONE;
	struct error err = ERROR_NONE;

	result_step(result, STEP_TOTAL);
	if (result_write(result, &none, o->run_dir, &err) < 0)
		log_say("%s", err.text);
}

int last_resort_after(const struct options *o, struct result *result)
{
	struct error err = ERROR_NONE;
	enum unlock_exit code;

	log_say("%s", result->record.reason.text);
	code = last_resort_close(o, NULL, result, &err);
	if (err.text[0])
		log_say("%s", err.text);
	/* for a splash screen */
	run_file_write(o->run_dir, "prompt", result->record.reason.text, NULL);
	result->record.exit = code == UNLOCK_WINDOW ? UNLOCK_WINDOW : UNLOCK_FAILED;
	last_resort_leave(o, result);
	return result->record.exit;
}
