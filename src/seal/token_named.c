#include "seal/token_named.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"
#include "seal/token.h"

bool named_token_is(const char *type)
{
	return strcmp(type, RECOVERY_TOKEN_TYPE) == 0 || strcmp(type, LATE_TOKEN_TYPE) == 0;
}

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

static int get_all(const char *want, struct json_object *o, struct error *err, uint32_t *ret)
{
	static const char *const known[] = { "type", "keyslots", "version" };
	const char *type = json_member_word(o, "type", strlen(want) + 1);
	uint64_t version;

	if (!type || strcmp(type, want) != 0)
		return error_set(err, -EBADMSG, "bad \"type\"");
	if (!json_member_number(o, "version", UINT32_MAX, &version) || version != 1)
		return error_set(err, -EBADMSG, "its version is not 1");
	if (json_unknown_member(o, known, sizeof(known) / sizeof(known[0])))
		return error_set(err, -EBADMSG, "unknown member");
	if (!get_keyslots(o, ret))
		return error_set(err, -EBADMSG, "bad \"keyslots\"");
	return 0;
}

int named_token_parse(const char *type, const char *json, size_t n, struct error *err,
		      uint32_t *ret_keyslots)
{
	struct json_object *o = NULL;
	int r;

	if (n > NAMED_TOKEN_MAX_LEN)
		r = error_set(err, -EBADMSG, "longer than %d bytes", NAMED_TOKEN_MAX_LEN);
	else
		r = json_scan(json, n, err);
	if (r == 0)
		r = json_read(json, n, err, &o);
	if (r == 0)
		r = get_all(type, o, err, ret_keyslots);
	json_free(o);
	return r < 0 ? error_prefix(err, r, "token %s", type) : 0;
}

int named_token_format(const char *type, uint32_t keyslots, struct error *err, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	const char *comma = "";

	buffer_addf(&b, "{\"type\":\"%s\",\"keyslots\":[", type);
	for (unsigned i = 0; i < KEYSLOT_MAX; i++) {
		if (!(keyslots >> i & 1))
			continue;
		buffer_addf(&b, "%s\"%u\"", comma, i);
		comma = ",";
	}
	buffer_add_str(&b, "],\"version\":1}");
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return error_set(err, -ENOMEM, "token %s: out of memory", type);
	}
	*ret = b;
	return 0;
}
