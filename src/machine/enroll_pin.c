#include "machine/enroll_pin.h"

#include <errno.h>
#include <stdio.h>

#include "seal/anchor.h"
#include "seal/tpm_tries.h"

static void tell(const struct enroll_options *o, const char *text)
{
	if (o->progress)
		o->progress(o->progress_ctx, ENROLL_PIN, text);
}

static void warn(const struct enroll_options *o, const char *why)
{
	char text[400];

	snprintf(text, sizeof(text), "WARNING: %.380s", why);
	tell(o, text);
}

int enroll_pin_look(struct tpm *t, const struct enroll_options *o, struct error *err)
{
	struct tpm_tries tries;
	struct error words;
	int r;

	r = tpm_tries(t, err, &tries);
	if (r < 0)
		return r;
	tpm_tries_weakness(&tries, &words);
	if (!tpm_tries_count(&tries))
		return error_set(err, -ECANCELED, "%s", words.text);
	if (words.text[0])
		warn(o, words.text);
	if (!tries.owned)
		warn(o, TPM_TRIES_NOT_OWNED);
	tpm_tries_words(&tries, &words);
	if (words.text[0])
		tell(o, words.text);
	return 0;
}

/* The machine may be a tree of another one's files, whose links lead nowhere else. */
bool enroll_pin_is(const struct machine *m)
{
	struct buffer text = BUFFER_NONE;
	struct anchor a;
	bool pin;

	pin = machine_read(m, ANCHOR_PATH, ANCHOR_MAX_LEN, NULL, &text) == 0 &&
	      anchor_parse(text.data, text.len, ANCHOR_PATH, NULL, &a) == 0 && a.pin;
	buffer_free(&text);
	return pin;
}
