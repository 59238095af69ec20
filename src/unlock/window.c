#include "unlock/window.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/file.h"
#include "seal/window_text.h"

#define TPM_WAIT_MS 3000
#define TPM_POLL_MS 20

static int make_text(const struct anchor *a, const struct targets *t, struct error *err, struct buffer *ret)
{
	bool opened[TARGET_MAX] = { false };
	size_t i;
	int r;

	for (i = 0; t && i < t->count; i++)
		opened[t->target[i].pinned - a->target] = t->target[i].key.bytes;
	r = window_text(a, opened, ret);
	return r < 0 ? error_set(err, r, "the text for PCR %d: %s", WINDOW_PCR, strerror(-r)) : 0;
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
	uint8_t pcrs[TPM_PCR_COUNT][SHA256_LEN];
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
	/* what counts is the PCR, not how the command ended; with keys in hand the unprotected reading is not enough */
	if (r < 0 && !keys && tpm_pcrs(tpm, 1u << WINDOW_PCR, NULL, pcrs) == 0 &&
	    memcmp(pcrs[WINDOW_PCR], zero, sizeof(zero)) != 0)
		return 0;
	return r;
}

int window_open_tpm(const char *tcti, struct error *err, struct tpm **ret)
{
	bool listed;
	long left;
	int r;

	if (tcti)
		return tpm_open(tcti, err, ret);
	listed = file_exists("/sys/firmware/acpi/tables/TPM2");
	for (left = listed ? TPM_WAIT_MS : 0; left > 0 && !file_exists("/dev/tpm0"); left -= TPM_POLL_MS)
		poll(NULL, 0, TPM_POLL_MS);
	r = tpm_open(NULL, err, ret);
	if (r == -ENODEV && listed && !file_exists("/dev/tpm0"))
		return error_set(err, r, "the firmware lists a TPM 2.0, but no driver for it came up within %d s",
				 TPM_WAIT_MS / 1000);
	return r;
}
