#include "pin_world.h"

#include "esys.h"
#include "seal/tpm_tries.h"
#include "seal/volume_keyslot.h"

static struct secret secret_of(const char *text)
{
	struct secret s = SECRET_NONE;

	assert_int_equal(secret_new(strlen(text), &s), 0);
	memcpy(s.bytes, text, s.len);
	return s;
}

void pin_world_make(const struct world *w, const char *pin, struct pin_made *ret)
{
	struct pin_made m = { .typed = secret_of(pin) };
	struct secret sealed = secret_of(TEST_KEY);

	check_ok(pin_stretch(&m.typed, &w->token.pin, &err, &m.stretched));
	check_ok(pin_auth(&m.stretched, &err, &m.auth));
	check_ok(pin_keyslot_key(&m.stretched, &sealed, &err, &m.keyslot_key));
	secret_free(&sealed);
	*ret = m;
}

void pin_world_enroll(struct world *w, struct pin_made *ret)
{
	struct secret passphrase = secret_of(PASSPHRASE), sealed = secret_of(TEST_KEY);
	struct volume *v = world_volume(w);
	struct pin_made m;

	w->token.has_pin = true;
	w->token.pin = (struct pin_salt){ .salt = { 7, 1, 5 }, .iterations = 20000 };
	pin_world_make(w, PIN, &m);
	check_ok(volume_keyslot_add(v, &passphrase, &m.keyslot_key, &err, &w->token.keyslot));
	volume_close(v);
	world_open_tpm(w);
	buffer_free(&w->f.object);
	check_ok(tpm_seal_pin(w->f.t, &(struct sealed_pin){ &sealed, &m.auth }, &w->f.index, &err,
			      &w->f.object));
	memcpy(w->token.object, w->f.object.data, w->f.object.len);
	w->token.object_len = w->f.object.len;
	world_write_token(w);
	w->anchor.pin = true;
	world_write_anchor(w);
	secret_free(&passphrase);
	secret_free(&sealed);
	if (ret)
		*ret = m;
	else
		pin_made_free(&m);
}

void pin_made_free(struct pin_made *m)
{
	secret_free(&m->typed);
	secret_free(&m->stretched);
	secret_free(&m->auth);
	secret_free(&m->keyslot_key);
}

void pin_world_limit(struct world *w, uint32_t max, uint32_t interval)
{
	struct esys s;

	tpm_close(w->f.t);
	w->f.t = NULL;
	esys_open(&w->f.swtpm, &s);
	good(Esys_DictionaryAttackParameters(s.e, ESYS_TR_RH_LOCKOUT, PASSWORD, max, interval, 0));
	esys_close(&s);
}

unsigned int pin_world_tries(struct world *w)
{
	struct tpm_tries t;

	world_open_tpm(w);
	check_ok(tpm_tries(w->f.t, &err, &t));
	return t.failed;
}

int pin_world_type(struct world *w, const char *typed)
{
	return world_run_with(w, NULL, typed, "open", "--pin");
}
