#include "seal/volume_keyslot.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "seal/token.h"
#include "seal/volume_internal.h"
#include "seal/volume_ways.h"

/*
 * The key is random: the least that LUKS2 allows would do, which is what other programs take for theirs; ours
 * are 1 to 256 more.
 */
#define ITERATIONS_LEAST 1000

int volume_keyslot_count(const struct volume *v)
{
	crypt_keyslot_info state;
	int n = 0;

	for (int i = 0; i < KEYSLOT_MAX; i++) {
		state = crypt_keyslot_status(v->cd, i);
		if (state == CRYPT_SLOT_ACTIVE || state == CRYPT_SLOT_ACTIVE_LAST ||
		    state == CRYPT_SLOT_UNBOUND)
			n++;
	}
	return n;
}

/*
 * -ENOENT: the keyslot, or the last one that was tried, is not there or belongs to another key than the
 * volume's.
 */
static bool is_wrong(int r)
{
	return r == -EPERM || r == -ENOENT;
}

int volume_keyslot_test(struct volume *v, int keyslot, const struct secret *auth, struct error *err,
			int *ret_keyslot)
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

int volume_keyslot_plan(struct volume *v, struct error *err, struct keyslot_plan *ret)
{
	uint8_t more;
	int slot = 0, r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	while (slot < KEYSLOT_MAX && crypt_keyslot_status(v->cd, slot) != CRYPT_SLOT_INACTIVE)
		slot++;
	if (slot == KEYSLOT_MAX)
		return error_set(err, -ENOSPC, "%s: all %d keyslots are in use", v->device, KEYSLOT_MAX);
	if (getrandom(&more, sizeof(more), 0) != sizeof(more))
		return error_set(err, -EIO, "%s: cannot get random bytes from the kernel", v->device);
	*ret = (struct keyslot_plan){ .keyslot = slot, .iterations = ITERATIONS_LEAST + 1 + more };
	return 0;
}

int volume_keyslot_add_planned(struct volume *v, const struct secret *auth, const struct secret *key,
			       const struct keyslot_plan *plan, struct error *err)
{
	const struct crypt_pbkdf_type cheap = { .type = CRYPT_KDF_PBKDF2,
						.hash = "sha256",
						.iterations = plan->iterations,
						.flags = CRYPT_PBKDF_NO_BENCHMARK };
	const int64_t began = log_begin();
	int r;

	r = volume_reload(v, err);
	if (r < 0)
		return r;
	r = crypt_set_pbkdf_type(v->cd, &cheap);
	if (r < 0)
		return volume_said(v, -EIO, "cannot choose PBKDF2", err);
	v->last[0] = '\0';
	r = crypt_keyslot_add_by_passphrase(v->cd, plan->keyslot, (const char *)auth->bytes, auth->len,
					    (const char *)key->bytes, key->len);
	if (is_wrong(r))
		return error_set(err, -EPERM, "%s: no keyslot opens with this passphrase", v->device);
	if (r < 0)
		return volume_said(v, r == -ENOSPC || r == -ENOMEM ? r : -EIO, "cannot add a keyslot", err);
	log_step_since(began, "%s: added keyslot %d", v->device, plan->keyslot);
	return 0;
}

int volume_keyslot_add(struct volume *v, const struct secret *auth, const struct secret *key,
		       struct error *err, int *ret_keyslot)
{
	struct keyslot_plan plan;
	int r;

	r = volume_keyslot_plan(v, err, &plan);
	if (r == 0)
		r = volume_keyslot_add_planned(v, auth, key, &plan, err);
	if (r == 0)
		*ret_keyslot = plan.keyslot;
	return r;
}

int volume_keyslot_describe(const struct volume *v, int keyslot, struct keyslot_plan *ret)
{
	struct crypt_pbkdf_type made;

	if (keyslot < 0 || keyslot >= KEYSLOT_MAX || crypt_keyslot_get_pbkdf(v->cd, keyslot, &made) < 0 ||
	    strcmp(made.type, CRYPT_KDF_PBKDF2) != 0 || strcmp(made.hash, "sha256") != 0)
		return -ENOENT;
	*ret = (struct keyslot_plan){ .keyslot = keyslot, .iterations = made.iterations };
	return 0;
}

bool volume_keyslot_is_unnamed(const struct volume *v, const struct keyslot_plan *plan)
{
	struct keyslot_plan there;
	struct volume_ways ways;

	volume_ways(v, &ways);
	return volume_keyslot_describe(v, plan->keyslot, &there) == 0 &&
	       there.iterations == plan->iterations && ways.passphrase >> plan->keyslot & 1;
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
		return error_set(err, -EBUSY,
				 "%s: keyslot %d is the last one, without it the volume cannot be unlocked",
				 v->device, keyslot);
	v->last[0] = '\0';
	r = crypt_keyslot_destroy(v->cd, keyslot);
	if (r < 0)
		return volume_said(v, -EIO, "cannot remove the keyslot", err);
	log_step("%s: removed keyslot %d", v->device, keyslot);
	return 0;
}
