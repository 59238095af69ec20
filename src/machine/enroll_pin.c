#include "machine/enroll_pin.h"

#include <errno.h>
#include <stdio.h>

#include "seal/anchor.h"
#include "seal/tpm_tries.h"

/* Part 1 gives no numbers; Windows sets 32 tries and 10 minutes. */
#define MANY_TRIES 64
#define SHORT_INTERVAL 60 /* seconds */

#define SET_LIMITS                                                                                          \
	"'tpm2_dictionarylockout --setup-parameters --max-tries=32 --recovery-time=600 "                    \
	"--lockout-recovery-time=86400' sets limits"

static void tell(const struct enroll_options *o, const char *text)
{
	if (o->progress)
		o->progress(o->progress_ctx, ENROLL_PIN, text);
}

int enroll_pin_look(struct tpm *t, const struct enroll_options *o, struct error *err)
{
	struct tpm_tries tries;
	struct error words;
	char interval[32], text[400];
	int r;

	r = tpm_tries(t, err, &tries);
	if (r < 0)
		return r;
	if (!tpm_tries_count(&tries))
		return error_set(err, -ECANCELED,
				 "the TPM counts no wrong tries, so that a PIN would protect little: "
				 SET_LIMITS);
	tpm_tries_interval(&tries, interval);
	if (tries.max > MANY_TRIES || tries.interval < SHORT_INTERVAL) {
		snprintf(text, sizeof(text),
			 "WARNING: the TPM takes %u wrong tries and forgives one for each %s: a short PIN is "
			 "soon found; " SET_LIMITS,
			 tries.max, interval);
		tell(o, text);
	}
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
