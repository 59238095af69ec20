#include "unlock/pin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "seal/pin.h"
#include "seal/tpm_tries.h"
#include "unlock/crypttab_guard.h"
#include "unlock/run_file.h"

#define TYPED_MAX 512 /* more is no PIN, and is not read */
#define TRIES_FILE "pin-tries" /* in the run directory: how many of this boot are used */
#define QUESTION "PIN of this machine (empty: passphrase): "

static bool wants_pin(const struct target *t)
{
	return t->token.has_pin && !t->key.bytes &&
	       (t->outcome == TARGET_WAITING || t->outcome == TARGET_PIN);
}

static void settle(struct run *run, const struct error *why)
{
	for (size_t i = 0; i < run->targets.count; i++) {
		struct target *t = &run->targets.target[i];

		if (!wants_pin(t))
			continue;
		t->outcome = TARGET_PIN;
		t->why = *why;
	}
}

static void settle_with(struct run *run, const char *why)
{
	struct error err = ERROR_NONE;

	error_set(&err, 0, "%s", why);
	settle(run, &err);
}

static unsigned int tries_used(const struct run *run)
{
	struct error text;
	uint64_t n;

	run_file_read(run->o->run_dir, TRIES_FILE, &text);
	return text.text[0] && text_number(text.text, strlen(text.text), PIN_TRIES, &n) == 0 ? n : 0;
}

/* How many tries of the TPM are used, as a sentence. False in lockout: then nothing is asked. */
static bool look_at_tries(struct run *run, struct error *ret_used)
{
	struct error err = ERROR_NONE, words;
	struct tpm_tries tries;

	/* a TPM that does not tell may unlock all the same */
	if (tpm_tries(run->tpms.tpm[0], &err, &tries) < 0)
		return true;
	tpm_tries_words(&tries, &words);
	if (tries.locked) {
		settle(run, &words);
		return false;
	}
	if (words.text[0])
		log_say("%s", words.text);
	if (tries.failed > 0)
		error_set(ret_used, 0, "%u of %u tries of the TPM are used. ", tries.failed, tries.max);
	return true;
}

/* What was wrong with the last answer comes first; NULL: it is the first question of this boot. */
static bool ask(struct run *run, const char *wrong)
{
	struct error used = ERROR_NONE;

	if (run->targets.by_hand) {
		settle_with(run, "it needs the PIN: 'bootseal-unlock open --pin' reads it from standard "
				 "input");
		return false;
	}
	if (!look_at_tries(run, &used))
		return false;
	error_set(&run->pin.prompt, 0, "%s%s%s" QUESTION, wrong ? wrong : "", wrong ? " " : "", used.text);
	return true;
}

/* One try of this boot, whether the TPM saw it or not. True: ask again. */
static bool another_try(struct run *run, const char *wrong)
{
	struct error err = ERROR_NONE;
	unsigned int used = tries_used(run) + 1;
	char number[16];

	snprintf(number, sizeof(number), "%u", used);
	if (!run->targets.by_hand && used < PIN_TRIES &&
	    run_file_write(run->o->run_dir, TRIES_FILE, number, &err) == 0)
		return ask(run, wrong);
	if (err.text[0])
		log_say("%s", err.text);
	return false;
}

void pin_read(struct run *run)
{
	struct secret *typed = &run->pin.typed;

	run->pin.read = secret_read_fd(STDIN_FILENO, TYPED_MAX, typed);
	if (run->pin.read == 0 && typed->len > 0 && typed->bytes[typed->len - 1] == '\n')
		typed->len--;
}

/* False: there is none to try. With words: something else was typed. */
static bool look_at_typed(struct run *run, struct error *ret_wrong)
{
	const struct secret *typed = &run->pin.typed;
	int r = run->pin.read;

	if (r == 0 && typed->len == 0)
		settle_with(run, "no PIN was typed");
	else if (r == -EFBIG || (r == 0 && pin_check(typed, ret_wrong) < 0))
		error_set(ret_wrong, 0, "That is no PIN, which has %d to %d characters.", PIN_MIN, PIN_MAX);
	else if (r < 0)
		settle_with(run, "the PIN cannot be read");
	else
		return true;
	return false;
}

bool pin_begin(struct run *run)
{
	struct error wrong = ERROR_NONE;
	bool any = false;

	for (size_t i = 0; i < run->targets.count; i++)
		any |= wants_pin(&run->targets.target[i]);
	if (!any)
		return false;
	if (!run->o->pin)
		return ask(run, NULL);
	if (look_at_typed(run, &wrong) || !wrong.text[0])
		return false;
	log_say("%s", wrong.text);
	if (another_try(run, wrong.text))
		return true;
	settle_with(run, "no PIN was typed that could be one");
	return false;
}

/* P, which is made once for tokens of one enrolment. */
static int stretch(struct run *run, const struct pin_salt *salt, struct error *err)
{
	struct pin_use *p = &run->pin;
	int r;

	if (p->stretched.bytes && memcmp(&p->salt, salt, sizeof(*salt)) == 0)
		return 0;
	secret_free(&p->stretched);
	r = pin_stretch(&p->typed, salt, err, &p->stretched);
	if (r == 0)
		p->salt = *salt;
	return r;
}

int pin_unseal(struct run *run, struct target *t, struct unseal_request *q, struct error *err)
{
	struct secret auth = SECRET_NONE, sealed = SECRET_NONE;
	struct tpm_tries tries;
	int r;

	r = stretch(run, &t->token.pin, err);
	if (r == 0)
		r = pin_auth(&run->pin.stretched, err, &auth);
	q->auth = &auth;
	if (r == 0)
		r = tpm_unseal(run->tpms.tpm[0], q, err, &sealed);
	q->auth = NULL;
	if (r == 0)
		r = pin_keyslot_key(&run->pin.stretched, &sealed, err, &t->key);
	secret_free(&auth);
	secret_free(&sealed);
	if (r == -ENOKEY)
		error_set(err, r, "the PIN was wrong");
	else if (r == -EBUSY && tpm_tries(run->tpms.tpm[0], NULL, &tries) == 0 && tries.locked)
		tpm_tries_words(&tries, err);
	return r;
}

bool pin_again(struct run *run)
{
	struct targets *t = &run->targets;
	bool wrong = false;

	for (size_t i = 0; i < t->count; i++) {
		/* nothing of a key is kept until the next answer */
		if (t->target[i].key.bytes)
			return false;
		wrong |= t->target[i].outcome == TARGET_PIN && t->target[i].wrong_pin;
	}
	if (!wrong)
		return false;
	log_say("wrong PIN");
	return another_try(run, "Wrong PIN.");
}

int pin_leave_question(struct run *run, struct error *err)
{
	int r = guard_hold(run->o, "the PIN was not typed", err);

	return r == 0 ? run_file_write(run->o->run_dir, RUN_ASK_PIN, run->pin.prompt.text, err) : r;
}

void pin_free(struct run *run)
{
	secret_free(&run->pin.typed);
	secret_free(&run->pin.stretched);
}
