#include "machine/enroll_token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine/record/pending.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_seal.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"

#define SEALED_KEY_LEN 32 /* bytes of the random key that is sealed */

#define STRETCH_MS 1000 /* what a try of a PIN should cost */
#define SAMPLE_ITERATIONS 50000
#define SAMPLES 5

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/*
 * As many as this machine makes in a second, by the best of some samples: what else runs now would make it
 * too few. The program of the initramfs takes another time for them (doc/pin.md).
 */
static int measure(const struct secret *pin, struct error *err, struct pin_salt *salt)
{
	struct pin_salt sample = { .iterations = SAMPLE_ITERATIONS };
	double best = 1e9, took;

	for (int i = 0; i < SAMPLES; i++) {
		struct secret p = SECRET_NONE;
		double from = now_ms();
		int r = pin_stretch(pin, &sample, err, &p);

		secret_free(&p);
		if (r < 0)
			return r;
		took = now_ms() - from;
		best = took < best ? took : best;
	}
	took = best > 0.01 ? SAMPLE_ITERATIONS * (STRETCH_MS / best) : PIN_ITERATIONS_MAX;
	salt->iterations = took > PIN_ITERATIONS_MAX ? PIN_ITERATIONS_MAX : (uint32_t)took;
	if (salt->iterations < SAMPLE_ITERATIONS)
		salt->iterations = SAMPLE_ITERATIONS;
	return 0;
}

static int seal_with_pin(struct enroll_sealing *s, const struct secret *sealed, struct error *err)
{
	struct secret p = SECRET_NONE, auth = SECRET_NONE, random = SECRET_NONE;
	int r;

	r = secret_random(PIN_SALT_LEN, &random);
	if (r == 0) {
		memcpy(s->salt.salt, random.bytes, PIN_SALT_LEN);
		s->salt.iterations = s->pin_iterations;
		r = s->pin_iterations ? 0 : measure(s->pin, err, &s->salt);
	}
	if (r == 0)
		r = pin_stretch(s->pin, &s->salt, err, &p);
	if (r == 0)
		r = pin_auth(&p, err, &auth);
	if (r == 0)
		r = pin_keyslot_key(&p, sealed, err, &s->key);
	if (r == 0)
		r = tpm_seal_pin(s->tpm, &(struct sealed_pin){ sealed, &auth }, &s->anchor->index, err,
				 &s->object);
	secret_free(&random);
	secret_free(&auth);
	secret_free(&p);
	return r;
}

static int seal_key(struct enroll_sealing *s, struct error *err)
{
	struct secret sealed = SECRET_NONE;
	int r;

	if (s->object.len > 0)
		return 0;
	r = secret_random(SEALED_KEY_LEN, s->pin ? &sealed : &s->key);
	if (r == 0)
		r = s->pin ? seal_with_pin(s, &sealed, err)
			   : tpm_seal(s->tpm, &s->key, &s->anchor->index, err, &s->object);
	secret_free(&sealed);
	if (r == 0 && s->object.len > TOKEN_OBJECT_MAX)
		r = error_set(err, -E2BIG, "the TPM's sealed object has %zu bytes, more than a token holds",
			      s->object.len);
	return r;
}

/*
 * The token needs a policy to be well formed before the first forecast exists: the running boot as it is. The
 * index is not written yet, so it opens nothing.
 */
static int first_generation(const struct enroll_sealing *s, struct error *err, struct token *t)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	int r;

	r = tpm_pcrs(s->tpm, s->mask, err, pcrs);
	if (r < 0)
		return r;
	t->mask = s->mask;
	t->generation_count = 1;
	t->generation[0].number = 1;
	t->generation[0].branch_count = 1;
	return branch_from_pcrs(1, t->mask, pcrs, &t->generation[0].branch[0]);
}

/* Adds the keyslot, and names it in the token, which is not written. */
static int fill(struct enroll_sealing *s, struct volume *v, struct error *err, struct token *t)
{
	const struct keyslot_keys keys = { s->passphrase, &s->key };
	int slot = -1, r;

	r = pending_keyslot_add(s->machine, v, &keys, err, &slot);
	if (r < 0)
		return r;
	t->keyslot = slot;
	t->srk = s->anchor->srk;
	t->index = s->anchor->index;
	t->index_handle = s->anchor->index_handle;
	t->object_len = s->object.len;
	memcpy(t->object, s->object.data, s->object.len);
	t->has_pin = s->pin;
	t->pin = s->pin ? s->salt : (struct pin_salt){ .iterations = 0 };
	return 0;
}

int enroll_token_new(struct enroll_sealing *s, struct volume *v, struct error *err)
{
	struct token *t;
	int id, r;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	r = seal_key(s, err);
	if (r == 0)
		r = first_generation(s, err, t);
	if (r == 0)
		r = fill(s, v, err, t);
	if (r == 0) {
		r = volume_token_write(v, -1, t, err, &id);
		/* a keyslot whose key nobody has is dead weight */
		r = pending_settle(s->machine, v, t->keyslot, r);
	}
	free(t);
	return r;
}

static int add_keyslot(struct enroll_sealing *s, struct enroll_replacement *r, struct error *err)
{
	int ret;

	r->now = malloc(sizeof(*r->now));
	if (!r->now)
		return -ENOMEM;
	*r->now = *r->before;
	/* named still: it counts from the write on */
	ret = pending_note_going(s->machine, r->volume, r->before->keyslot, err);
	return ret < 0 ? ret : fill(s, r->volume, err, r->now);
}

int enroll_tokens_replace(struct enroll_sealing *s, struct enroll_replacement *r, size_t n, struct error *err)
{
	size_t added = 0, written = 0;
	int ret = n > 0 ? seal_key(s, err) : 0;

	while (added < n && ret == 0)
		ret = add_keyslot(s, &r[added++], err);
	while (written < n && ret == 0) {
		ret = volume_token_write(r[written].volume, r[written].id, r[written].now, err,
					 &r[written].id);
		written += ret == 0;
	}
	/* one PIN for all of them: the new one, or as before */
	while (ret < 0 && written > 0) {
		written--;
		volume_token_write(r[written].volume, r[written].id, r[written].before, NULL, &r[written].id);
	}
	/* which of the two keyslots the token names now decides which one goes */
	for (size_t i = 0; i < added; i++) {
		int swept = pending_sweep(s->machine, r[i].volume, r[i].keep, ret == 0 ? err : NULL);

		ret = ret == 0 ? swept : ret;
	}
	return ret;
}

void enroll_replacements_free(struct enroll_replacement *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(r[i].before);
		free(r[i].now);
	}
}

void enroll_sealing_free(struct enroll_sealing *s)
{
	secret_free(&s->key);
	buffer_free(&s->object);
}
