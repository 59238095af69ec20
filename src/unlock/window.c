#include "unlock/window.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_window.h"
#include "seal/window_text.h"

static int make_text(const struct anchor *a, const struct targets *t, struct error *err, struct buffer *ret)
{
	bool opened[TARGET_MAX] = { false };
	size_t i;
	int r;

	for (i = 0; t && i < t->count; i++)
		opened[t->target[i].pinned - a->target] = t->target[i].key.bytes;
	r = window_text(a, opened, ret);
	return r < 0 ? error_set(err, r, "cannot compose the event for PCR %d: %s", WINDOW_PCR, strerror(-r))
		     : 0;
}

static bool keys_in_hand(const struct targets *t)
{
	size_t i;

	for (i = 0; t && i < t->count; i++)
		if (t->target[i].key.bytes)
			return true;
	return false;
}

int window_close(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct error *err)
{
	static const uint8_t zero[SHA256_LEN];
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct buffer text = BUFFER_NONE;
	bool keys = keys_in_hand(t);
	int r;

	if (a) {
		r = make_text(a, t, err, &text);
		if (r < 0)
			return r;
	}
	r = tpm_close_window(tpm, a ? &a->srk : NULL, a ? buffer_str(&text) : WINDOW_CLOSED_TEXT, keys, err);
	buffer_free(&text);
	/*
	 * what counts is the PCR, not how the command ended; with keys in memory an unprotected read is not
	 * enough
	 */
	if (r < 0 && !keys && tpm_pcrs(tpm, PCR(WINDOW_PCR), NULL, pcrs) == 0 &&
	    memcmp(pcrs[WINDOW_PCR], zero, sizeof(zero)) != 0)
		return 0;
	return r;
}

enum unlock_exit window_shut(struct tpm *tpm, const struct anchor *a, struct error *err)
{
	int r = window_close(tpm, a, NULL, err);

	if (r == 0)
		return UNLOCK_DONE;
	/*
	 * a TPM that does not answer cannot unseal; one that answers but was not extended can, and one that
	 * was not asked because we had no memory
	 */
	return r == -ENOMEM || tpm_answers(tpm) ? UNLOCK_WINDOW : UNLOCK_FAILED;
}
