#include "seal/pin.h"

#include <errno.h>
#include <string.h>

#include "hash/mac.h"

#define AUTH_TEXT "bootseal pin auth"
#define KEYSLOT_TEXT "bootseal pin keyslot"

bool pin_salt_is_sound(const struct pin_salt *s)
{
	return s->iterations >= PIN_ITERATIONS_MIN && s->iterations <= PIN_ITERATIONS_MAX;
}

int pin_check(const struct secret *pin, struct error *err)
{
	if (pin->len < PIN_MIN || pin->len > PIN_MAX)
		return error_set(err, -EINVAL, "a PIN has %d to %d characters", PIN_MIN, PIN_MAX);
	for (size_t i = 0; i < pin->len; i++)
		if (pin->bytes[i] <= ' ' || pin->bytes[i] > '~')
			return error_set(err, -EINVAL,
					 "a PIN has digits, letters and signs of ASCII only, and no blanks");
	return 0;
}

int pin_stretch(const struct secret *pin, const struct pin_salt *s, struct error *err, struct secret *ret)
{
	const struct pbkdf2_input p = { .password = pin->bytes,
				  .password_len = pin->len,
				  .salt = s->salt,
				  .salt_len = sizeof(s->salt),
				  .iterations = s->iterations };
	struct secret out = SECRET_NONE;
	int r;

	r = secret_new(SHA256_LEN, &out);
	if (r == 0)
		r = pbkdf2_sha256(&p, out.bytes);
	if (r < 0) {
		secret_free(&out);
		return error_set(err, r, "the PIN cannot be stretched: %s", strerror(-r));
	}
	*ret = out;
	return 0;
}

/* HMAC of a text and of the bytes behind it, which may be none. */
static int derive(const struct secret *p, const char *text, const struct secret *more, struct error *err,
		  struct secret *ret)
{
	size_t n = strlen(text), more_len = more ? more->len : 0;
	struct secret in = SECRET_NONE, out = SECRET_NONE;
	int r;

	r = secret_new(n + more_len, &in);
	if (r == 0)
		r = secret_new(SHA256_LEN, &out);
	if (r < 0)
		goto out;
	memcpy(in.bytes, text, n);
	if (more_len > 0)
		memcpy(in.bytes + n, more->bytes, more_len);
	r = hmac_sha256(p->bytes, p->len, in.bytes, in.len, out.bytes);
out:
	secret_free(&in);
	if (r < 0) {
		secret_free(&out);
		return error_set(err, r, "the PIN cannot be used: %s", strerror(-r));
	}
	*ret = out;
	return 0;
}

int pin_auth(const struct secret *p, struct error *err, struct secret *ret)
{
	return derive(p, AUTH_TEXT, NULL, err, ret);
}

int pin_keyslot_key(const struct secret *p, const struct secret *sealed, struct error *err,
		    struct secret *ret)
{
	return derive(p, KEYSLOT_TEXT, sealed, err, ret);
}
