#include "seal/token_first_boot.h"

#include <errno.h>
#include <string.h>

#include "seal/json.h"
#include "seal/token_parts.h"

static bool key_len_is_sound(size_t n)
{
	return n >= FIRST_BOOT_CLEAR_KEY_MIN && n <= FIRST_BOOT_CLEAR_KEY_MAX;
}

static void wipe(struct buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buffer_free(b);
}

static int get_clear(struct json_object *o, struct error *err, struct first_boot_token *t)
{
	static const char *const known[] = { "type", "keyslots", "version", "key" };
	struct buffer b = BUFFER_NONE;
	int r;

	if (json_unknown_member(o, known, sizeof(known) / sizeof(known[0])))
		return error_set(err, -EBADMSG, "token: \"%.32s\" has no place beside a clear key",
				 json_unknown_member(o, known, sizeof(known) / sizeof(known[0])));
	r = token_bytes(o, "key", &b) && key_len_is_sound(b.len) ? 0 : token_bad(err, "key");
	if (r == 0)
		r = secret_new(b.len, &t->key);
	if (r == 0)
		memcpy(t->key.bytes, b.data, b.len);
	wipe(&b);
	t->kind = FIRST_BOOT_CLEAR;
	return r;
}

static int get_sealed(struct json_object *o, struct error *err, struct first_boot_token *t)
{
	static const char *const known[] = { "type", "keyslots", "version", "srk",
					     "pcrs", "resets",	 "object",  "branches" };
	struct first_boot_sealed *s = &t->sealed;
	uint64_t resets;

	if (json_unknown_member(o, known, sizeof(known) / sizeof(known[0])))
		return error_set(err, -EBADMSG, "token: unknown member \"%.32s\"",
				 json_unknown_member(o, known, sizeof(known) / sizeof(known[0])));
	if (!token_name(o, "srk", &s->srk))
		return token_bad(err, "srk");
	if (!token_mask(o, &s->mask))
		return token_bad(err, "pcrs");
	if (!json_member_number(o, "resets", UINT32_MAX, &resets))
		return token_bad(err, "resets");
	if (!token_object(o, sizeof(s->object), s->object, &s->object_len))
		return token_bad(err, "object");
	if (!token_branches(o, s->mask, s->branch, &s->branch_count))
		return token_bad(err, "branches");
	s->resets = (uint32_t)resets;
	t->kind = FIRST_BOOT_SEALED;
	return 0;
}

static int get_all(struct json_object *o, struct error *err, struct first_boot_token *t)
{
	struct json_object *keyslots = json_member_list(o, "keyslots");
	uint64_t version;

	if (!token_word_is(o, "type", FIRST_BOOT_TOKEN_TYPE))
		return token_bad(err, "type");
	if (!json_member_number(o, "version", UINT32_MAX, &version))
		return token_bad(err, "version");
	if (version != 1)
		return error_set(err, -EBADMSG, "token: version %llu, but this program supports only 1",
				 (unsigned long long)version);
	if (keyslots && json_list_len(keyslots) == 0)
		return error_set(err, -ENODATA, "token: the keyslot of the first boot was removed");
	if (!token_keyslot(o, 2, &t->keyslot))
		return token_bad(err, "keyslots");
	return json_has(o, "key") ? get_clear(o, err, t) : get_sealed(o, err, t);
}

int first_boot_token_parse(const char *json, size_t n, struct error *err, struct first_boot_token *ret)
{
	struct first_boot_token t = FIRST_BOOT_TOKEN_NONE;
	struct json_object *o = NULL;
	int r;

	if (n > TOKEN_MAX_LEN)
		return error_set(err, -EBADMSG, "token: %zu bytes, more than the %d that fit", n,
				 TOKEN_MAX_LEN);
	r = json_scan(json, n, err);
	if (r == 0)
		r = json_read(json, n, err, &o);
	if (r < 0)
		return error_prefix(err, r, "token");
	r = get_all(o, err, &t);
	json_free(o);
	if (r == 0)
		*ret = t;
	else
		first_boot_token_free(&t);
	return r;
}

static bool is_sound(const struct first_boot_token *t)
{
	const struct first_boot_sealed *s = &t->sealed;

	if (t->keyslot < 0 || t->keyslot >= KEYSLOT_MAX)
		return false;
	if (t->kind == FIRST_BOOT_CLEAR)
		return t->key.bytes && key_len_is_sound(t->key.len);
	return !t->key.bytes && token_mask_is_sound(s->mask) && s->object_len > 0 &&
	       s->object_len <= sizeof(s->object) && s->branch_count > 0 && s->branch_count <= BRANCH_MAX;
}

/* Can it be read back? */
static bool is_readable(const struct buffer *b)
{
	struct first_boot_token again = FIRST_BOOT_TOKEN_NONE;
	int r = first_boot_token_parse(buffer_str(b), b->len, NULL, &again);

	first_boot_token_free(&again);
	return r == 0;
}

int first_boot_token_format(const struct first_boot_token *t, struct error *err, struct buffer *ret)
{
	const struct first_boot_sealed *s = &t->sealed;
	struct buffer b = BUFFER_NONE;
	int r = 0;

	if (!is_sound(t))
		return error_set(err, -EINVAL, "token: refused to write one that cannot be read back");
	buffer_addf(&b, "{\"type\":\"" FIRST_BOOT_TOKEN_TYPE "\",\"keyslots\":[\"%d\"],\"version\":1",
		    t->keyslot);
	if (t->kind == FIRST_BOOT_CLEAR) {
		token_add_bytes(&b, "key", t->key.bytes, t->key.len);
	} else {
		token_add_name(&b, "srk", &s->srk);
		token_add_mask(&b, s->mask);
		buffer_addf(&b, ",\"resets\":%u", s->resets);
		token_add_bytes(&b, "object", s->object, s->object_len);
		token_add_branches(&b, s->mask, s->branch, s->branch_count);
	}
	buffer_add_str(&b, "}");
	if (!buffer_ok(&b))
		r = error_set(err, -ENOMEM, "token: out of memory");
	else if (!is_readable(&b))
		r = error_set(err, -EINVAL, "token: refused to write one that cannot be read back");
	if (r < 0)
		wipe(&b);
	else
		*ret = b;
	return r;
}

void first_boot_token_free(struct first_boot_token *t)
{
	secret_free(&t->key);
}
