#include "unlock/target_check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "seal/volume_token.h"

/*
 * The header must be the enrolled one. A header that cannot be checked counts as foreign: an attacker who can
 * make one read fail must not get a passphrase prompt without a warning.
 */
static int check_header(struct target *t, struct error *err)
{
	char device[PATH_MAX];
	uint8_t pin[SHA256_LEN];
	int r;

	/* the link may change before the mapping is made: activate exactly the device that was checked */
	if (!realpath(t->device, device))
		return error_set(err, -errno, "%s: %s", t->device, strerror(errno));
	r = volume_open(device, err, &t->volume);
	if (r < 0)
		return r;
	if (strcmp(volume_uuid(t->volume), t->pinned->uuid) != 0)
		return error_set(err, -EKEYREJECTED, "%s: its UUID is not the enrolled %s", t->device,
				 t->pinned->uuid);
	r = volume_pin(t->volume, -1, err, pin);
	if (r < 0)
		return r;
	if (memcmp(pin, t->pinned->volume_pin, sizeof(pin)) != 0)
		return error_set(err, -EKEYREJECTED,
				 "%s: its LUKS2 header changed: volume key or cipher differs from the "
				 "enrolled one",
				 t->device);
	return 0;
}

/* Anyone can put a token into a header: it must name the same TPM key and index as the anchor. */
static int check_token(struct target *t, const struct anchor *a, struct error *err)
{
	uint8_t pin[SHA256_LEN];
	int id, r;

	r = volume_token(t->volume, err, &id, &t->token);
	if (r < 0)
		return r;
	if (memcmp(&t->token.srk, &a->srk, sizeof(a->srk)) != 0)
		return error_set(err, -EKEYREJECTED,
				 "its token belongs to a different TPM key than the anchor");
	if (t->token.index_handle != a->index_handle ||
	    memcmp(&t->token.index, &a->index, sizeof(a->index)) != 0)
		return error_set(err, -EKEYREJECTED,
				 "its token names a different policy index than the anchor");
	/* a keyslot of before may be in a header that was copied then, with all that opens it */
	if (a->pin && !t->token.has_pin)
		return error_set(err, -EKEYREJECTED,
				 "its token opens without a PIN, and this machine was enrolled with one: an "
				 "older header was restored");
	return volume_pin(t->volume, t->token.keyslot, err, pin);
}

void target_check(struct target *t, const struct anchor *a)
{
	struct error err = ERROR_NONE;

	if (t->outcome != TARGET_WAITING)
		return;
	if (check_header(t, &err) < 0)
		t->outcome = TARGET_HEADER;
	else if (check_token(t, a, &err) < 0)
		t->outcome = TARGET_TOKEN;
	else
		t->has_token = true;
	t->why = err;
}
