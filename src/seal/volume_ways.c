#include "seal/volume_ways.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "seal/token_first_boot.h"
#include "seal/token.h"
#include "seal/token_named.h"
#include "seal/volume_internal.h"

#define TRIES 5 /* when somebody else writes the header at the same time */

static const char *token_type(const struct volume *v, int id)
{
	const char *type = NULL;

	switch (crypt_token_status(v->cd, id, &type)) {
	case CRYPT_TOKEN_INVALID:
	case CRYPT_TOKEN_INACTIVE:
		return NULL;
	default:
		return type;
	}
}

static bool is_of(const struct volume *v, int id, const char *want)
{
	const char *type = token_type(v, id);

	return type && strcmp(type, want) == 0;
}

uint32_t volume_named(const struct volume *v, const char *type)
{
	uint32_t all = 0, mask;
	const char *json;

	for (int id = 0; id < TOKEN_SLOTS; id++)
		if (is_of(v, id, type) && crypt_token_json_get(v->cd, id, &json) >= 0 &&
		    named_token_parse(type, json, strlen(json), NULL, &mask) == 0)
			all |= mask;
	return all;
}

/* One token with that text, or none for NULL, in place of all of its type that there are. */
static int set_once(struct volume *v, const char *type, const char *json, struct error *err)
{
	bool written = !json;
	int r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	for (int id = 0; id < TOKEN_SLOTS && r >= 0; id++) {
		if (!is_of(v, id, type))
			continue;
		r = crypt_token_json_set(v->cd, id, written ? NULL : json);
		written = true;
	}
	v->last[0] = '\0';
	if (r >= 0 && !written)
		r = crypt_token_json_set(v->cd, CRYPT_ANY_TOKEN, json);
	if (r >= 0)
		return 0;
	/*
	 * -EINVAL is also what a header that changed under us gives: the caller comes again with the new one
	 */
	return volume_said(v,
			   r == -ENOSPC   ? r
			   : r == -EINVAL ? -EAGAIN
					  : -EIO,
			   "cannot write a token", err);
}

int volume_named_set(struct volume *v, const char *type, uint32_t keyslots, struct error *err)
{
	struct buffer json = BUFFER_NONE;
	int r;

	r = named_token_format(type, keyslots, err, &json);
	if (r < 0)
		return r;
	for (int i = 0; i < TRIES; i++) {
		r = set_once(v, type, keyslots ? buffer_str(&json) : NULL, err);
		if (r != -EAGAIN)
			break;
	}
	buffer_free(&json);
	if (r < 0)
		volume_reload(v, NULL);
	else
		r = volume_reload(v, err);
	if (r == 0 && volume_named(v, type) != keyslots)
		r = error_set(err, -EIO, "%s: the token %s on the disk differs from the one just written",
			      v->device, type);
	return r == -EAGAIN ? -EIO : r;
}

static bool in_use(const struct volume *v, int keyslot)
{
	crypt_keyslot_info state = crypt_keyslot_status(v->cd, keyslot);

	return state == CRYPT_SLOT_ACTIVE || state == CRYPT_SLOT_ACTIVE_LAST;
}

void volume_ways(const struct volume *v, struct volume_ways *ret)
{
	struct volume_ways w = { .recovery = volume_named(v, RECOVERY_TOKEN_TYPE),
				 .late = volume_named(v, LATE_TOKEN_TYPE) };
	const char *type;
	uint32_t used = 0;

	for (int slot = 0; slot < KEYSLOT_MAX; slot++)
		used |= in_use(v, slot) ? 1u << slot : 0;
	for (int id = 0; id < TOKEN_SLOTS; id++) {
		type = token_type(v, id);
		for (int slot = 0; type && slot < KEYSLOT_MAX; slot++) {
			if (crypt_token_is_assigned(v->cd, id, slot) != 0)
				continue;
			if (strcmp(type, TOKEN_TYPE) == 0)
				w.tpm |= 1u << slot;
			else if (strcmp(type, FIRST_BOOT_TOKEN_TYPE) == 0)
				w.first_boot |= 1u << slot;
			else if (!named_token_is(type))
				w.other |= 1u << slot;
		}
	}
	w.tpm &= used;
	w.recovery &= used & ~w.tpm;
	w.late &= used & ~w.tpm & ~w.recovery;
	w.first_boot &= used & ~w.tpm & ~w.recovery & ~w.late;
	w.other &= used & ~w.tpm & ~w.recovery & ~w.late & ~w.first_boot;
	w.passphrase = used & ~w.tpm & ~w.recovery & ~w.late & ~w.first_boot & ~w.other;
	*ret = w;
}
