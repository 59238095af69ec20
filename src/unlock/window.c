#include "unlock/window.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define EVENT_MAX 1024 /* TPM2B_EVENT, TPM 2.0 Part 2, 10.4.6 */
#define TPM_WAIT_MS 3000
#define TPM_POLL_MS 20

static const struct target *in_hand(const struct targets *t, const struct anchor_target *pinned)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->target[i].pinned == pinned && t->target[i].key.bytes)
			return &t->target[i];
	return NULL;
}

static void shorten(struct buffer *text)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	if (text->len <= EVENT_MAX)
		return;
	text->failed |= hash_sha256(text->data, text->len, digest) < 0;
	text_hex(digest, sizeof(digest), hex);
	text->len = 0;
	buffer_addf(text, "bootseal opened\nsha256 %s", hex);
}

int window_text(const struct anchor *a, const struct targets *t, struct error *err, struct buffer *ret)
{
	struct buffer text = BUFFER_NONE;
	char pin[2 * SHA256_LEN + 1];
	const struct anchor_target *p;
	size_t i;

	for (i = 0; i < a->target_count; i++) {
		p = &a->target[i];
		if (!in_hand(t, p))
			continue;
		text_hex(p->pin, sizeof(p->pin), pin);
		if (text.len == 0)
			buffer_add_str(&text, "bootseal opened");
		buffer_addf(&text, "\n%s %s %s", p->name, p->uuid, pin);
	}
	if (text.len == 0)
		buffer_add_str(&text, WINDOW_CLOSED_TEXT);
	shorten(&text);
	if (!buffer_ok(&text)) {
		buffer_free(&text);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*ret = text;
	return 0;
}

int window_close(struct tpm *tpm, const struct anchor *a, const char *text, struct error *err)
{
	static const uint8_t zero[SHA256_LEN];
	uint8_t pcrs[TPM_PCR_COUNT][SHA256_LEN];
	int r;

	r = tpm_close_window(tpm, a ? &a->srk : NULL, text, false, err);
	/* what counts is the PCR, not how the command ended */
	if (r < 0 && tpm_pcrs(tpm, 1u << WINDOW_PCR, NULL, pcrs) == 0 &&
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
