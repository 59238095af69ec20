#include "seal/volume_others.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"
#include "seal/token.h"
#include "seal/token_first_boot.h"
#include "seal/token_named.h"
#include "seal/volume_internal.h"

#define TPM_PCRS 24

_Static_assert(OTHERS_MAX >= TOKEN_SLOTS, "each token has a place");

/* pin: the member that says whether a person types one; NULL where one always does, or never. */
static const struct {
	const char *type;
	enum other_key key;
	const char *pin;
} known[] = {
	{ "clevis", OTHER_CLEVIS, NULL },
	{ "systemd-tpm2", OTHER_TPM, "tpm2-pin" },
	{ "systemd-fido2", OTHER_FIDO2, "fido2-clientPin-required" },
	{ "systemd-pkcs11", OTHER_PKCS11, NULL },
	{ "systemd-recovery", OTHER_RECOVERY, NULL },
	{ "luks2-keyring", OTHER_KEYRING, NULL },
	{ FIRST_BOOT_TOKEN_TYPE, OTHER_FIRST_BOOT, NULL },
};

static uint32_t keyslots_of(const struct volume *v, int id)
{
	crypt_keyslot_info state;
	uint32_t mask = 0;

	for (int slot = 0; slot < KEYSLOT_MAX; slot++) {
		state = crypt_keyslot_status(v->cd, slot);
		if ((state == CRYPT_SLOT_ACTIVE || state == CRYPT_SLOT_ACTIVE_LAST) &&
		    crypt_token_is_assigned(v->cd, id, slot) == 0)
			mask |= 1u << slot;
	}
	return mask;
}

static void read_pcrs(struct json_object *o, struct other_token *t)
{
	struct json_object *list;
	size_t n, len = 0;
	uint64_t pcr;

	if (!json_member_array(o, "tpm2-pcrs", TPM_PCRS, &list, &n))
		return;
	for (size_t i = 0; i < n; i++)
		if (json_number(json_list_at(list, i), TPM_PCRS - 1, &pcr))
			len += snprintf(t->pcrs + len, sizeof(t->pcrs) - len, "%s%u", len > 0 ? " " : "",
					(unsigned)pcr);
}

/* What cannot be read is taken for the weakest of its kind. */
static void read_token(const char *json, const char *pin, struct other_token *t)
{
	struct json_object *o = NULL;

	if (json_scan(json, strlen(json), NULL) < 0 || json_read(json, strlen(json), NULL, &o) < 0)
		return;
	if (pin && !json_member_bool(o, pin, &t->pin))
		t->pin = false;
	if (t->key == OTHER_TPM)
		read_pcrs(o, t);
	json_free(o);
}

static bool read_other(const struct volume *v, int id, struct other_token *ret)
{
	const char *type = NULL, *json, *pin = NULL;
	crypt_token_info state = crypt_token_status(v->cd, id, &type);

	*ret = (struct other_token){ .key = OTHER_UNKNOWN };
	if (state == CRYPT_TOKEN_INVALID || state == CRYPT_TOKEN_INACTIVE || !type ||
	    strcmp(type, TOKEN_TYPE) == 0 || named_token_is(type))
		return false;
	snprintf(ret->type, sizeof(ret->type), "%s", type);
	text_make_printable(ret->type);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(type, known[i].type) == 0) {
			ret->key = known[i].key;
			pin = known[i].pin;
		}
	ret->keyslots = keyslots_of(v, id);
	if (crypt_token_json_get(v->cd, id, &json) >= 0)
		read_token(json, pin, ret);
	return ret->keyslots != 0;
}

size_t volume_others(const struct volume *v, struct other_token ret[static OTHERS_MAX])
{
	size_t n = 0;

	for (int id = 0; id < TOKEN_SLOTS; id++)
		n += read_other(v, id, &ret[n]);
	return n;
}
