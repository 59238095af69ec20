#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "seal/volume_internal.h"

#define ITERATIONS 1000 /* the least that LUKS2 allows: the key is random */

int volume_keyslot_count(const struct volume *v)
{
	crypt_keyslot_info state;
	int n = 0;

	for (int i = 0; i < KEYSLOT_MAX; i++) {
		state = crypt_keyslot_status(v->cd, i);
		if (state == CRYPT_SLOT_ACTIVE || state == CRYPT_SLOT_ACTIVE_LAST || state == CRYPT_SLOT_UNBOUND)
			n++;
	}
	return n;
}

/* -ENOENT: the keyslot, or the last one that was tried, is not there or belongs to another key than the volume's. */
static bool is_wrong(int r)
{
	return r == -EPERM || r == -ENOENT;
}

int volume_keyslot_test(struct volume *v, int keyslot, const struct secret *auth, struct error *err, int *ret_keyslot)
{
	int r;

	v->last[0] = '\0';
	r = crypt_activate_by_passphrase(v->cd, NULL, keyslot >= 0 ? keyslot : CRYPT_ANY_SLOT,
					 (const char *)auth->bytes, auth->len, 0);
	if (is_wrong(r))
		return error_set(err, -EPERM, "%s: no keyslot opens with this passphrase", v->device);
	if (r < 0)
		return volume_said(v, r == -ENOMEM ? r : -EIO, "cannot try the passphrase", err);
	*ret_keyslot = r;
	return 0;
}

int volume_keyslot_add(struct volume *v, const struct secret *auth, const struct secret *key, struct error *err,
		       int *ret_keyslot)
{
	const struct crypt_pbkdf_type cheap = { .type = CRYPT_KDF_PBKDF2, .hash = "sha256", .iterations = ITERATIONS,
						.flags = CRYPT_PBKDF_NO_BENCHMARK };
	int r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	if (volume_keyslot_count(v) == KEYSLOT_MAX)
		return error_set(err, -ENOSPC, "%s: all %d keyslots are in use", v->device, KEYSLOT_MAX);
	r = crypt_set_pbkdf_type(v->cd, &cheap);
	if (r < 0)
		return volume_said(v, -EIO, "cannot choose PBKDF2", err);
	v->last[0] = '\0';
	r = crypt_keyslot_add_by_passphrase(v->cd, CRYPT_ANY_SLOT, (const char *)auth->bytes, auth->len,
					    (const char *)key->bytes, key->len);
	if (is_wrong(r))
		return error_set(err, -EPERM, "%s: no keyslot opens with this passphrase", v->device);
	if (r < 0)
		return volume_said(v, r == -ENOSPC || r == -ENOMEM ? r : -EIO, "cannot add a keyslot", err);
	*ret_keyslot = r;
	return 0;
}

int volume_keyslot_remove(struct volume *v, int keyslot, struct error *err)
{
	int r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	if (keyslot < 0 || keyslot >= KEYSLOT_MAX)
		return error_set(err, -EINVAL, "%s: no keyslot was named", v->device);
	if (crypt_keyslot_status(v->cd, keyslot) == CRYPT_SLOT_ACTIVE_LAST)
		return error_set(err, -EBUSY, "%s: keyslot %d is the last one, nothing could open the volume without it", v->device,
				 keyslot);
	v->last[0] = '\0';
	r = crypt_keyslot_destroy(v->cd, keyslot);
	return r < 0 ? volume_said(v, -EIO, "cannot remove the keyslot", err) : 0;
}
