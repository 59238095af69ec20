#include "seal/token_recovery.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"
#include "seal/token.h"

static bool get_keyslots(struct json_object *o, uint32_t *ret)
{
	struct json_object *list = json_member_list(o, "keyslots");
	uint32_t mask = 0;
	const char *s;
	uint64_t v;

	if (!list)
		return false;
	for (size_t i = 0; i < json_list_len(list); i++) {
		s = json_word(json_list_at(list, i), 2);
		if (!s || text_number(s, strlen(s), KEYSLOT_MAX - 1, &v) < 0 || mask >> v & 1)
			return false;
		mask |= 1u << v;
	}
	*ret = mask;
	return true;
}

static int get_all(struct json_object *o, struct error *err, uint32_t *ret)
{
	static const char *const known[] = { "type", "keyslots", "version" };
	const char *type = json_member_word(o, "type", sizeof(RECOVERY_TOKEN_TYPE));
	uint64_t version;

	if (!type || strcmp(type, RECOVERY_TOKEN_TYPE) != 0)
		return error_set(err, -EBADMSG, "recovery token: bad \"type\"");
	if (!json_member_number(o, "version", UINT32_MAX, &version) || version != 1)
		return error_set(err, -EBADMSG, "recovery token: its version is not 1");
	if (json_unknown_member(o, known, sizeof(known) / sizeof(known[0])))
		return error_set(err, -EBADMSG, "recovery token: unknown member");
	if (!get_keyslots(o, ret))
		return error_set(err, -EBADMSG, "recovery token: bad \"keyslots\"");
	return 0;
}

int recovery_token_parse(const char *json, size_t n, struct error *err, uint32_t *ret_keyslots)
{
	struct json_object *o = NULL;
	int r;

	if (n > RECOVERY_TOKEN_MAX_LEN)
		return error_set(err, -EBADMSG, "recovery token: longer than %d bytes",
				 RECOVERY_TOKEN_MAX_LEN);
	r = json_scan(json, n, err);
	if (r == 0)
		r = json_read(json, n, err, &o);
	if (r < 0)
		return error_prefix(err, r, "recovery token");
	r = get_all(o, err, ret_keyslots);
	json_free(o);
	return r;
}

int recovery_token_format(uint32_t keyslots, struct error *err, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	const char *comma = "";

	buffer_add_str(&b, "{\"type\":\"" RECOVERY_TOKEN_TYPE "\",\"keyslots\":[");
	for (unsigned i = 0; i < KEYSLOT_MAX; i++) {
		if (!(keyslots >> i & 1))
			continue;
		buffer_addf(&b, "%s\"%u\"", comma, i);
		comma = ",";
	}
	buffer_add_str(&b, "],\"version\":1}");
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return error_set(err, -ENOMEM, "recovery token: out of memory");
	}
	*ret = b;
	return 0;
}
