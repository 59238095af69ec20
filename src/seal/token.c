#include "seal/token.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"
#include "seal/token_parts.h"

static bool get_handle(struct json_object *o, uint32_t *ret)
{
	const char *s = json_member_word(o, "index", 10);
	uint8_t b[4];

	/* NV indices have the type byte 0x01 (TPM 2.0 Part 2, 7.2) */
	if (!s || strncmp(s, "0x", 2) != 0 || !token_hex(s + 2, b, sizeof(b)) || b[0] != 0x01)
		return false;
	*ret = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return true;
}

static bool get_generation(struct json_object *o, pcr_mask mask, struct generation *ret)
{
	static const char *const known[] = { "number", "branches" };
	uint64_t v;

	if (!json_is_object(o) || json_unknown_member(o, known, 2) ||
	    !json_member_number(o, "number", UINT32_MAX, &v) || v == 0)
		return false;
	ret->number = (uint32_t)v;
	return token_branches(o, mask, ret->branch, &ret->branch_count);
}

static bool get_generations(struct json_object *o, struct token *t)
{
	struct json_object *list = json_member_list(o, "generations");
	size_t n = list ? json_list_len(list) : 0;

	if (n == 0 || n > GENERATION_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!get_generation(json_list_at(list, i), t->mask, &t->generation[i]))
			return false;
		if (i > 0 && t->generation[i].number == t->generation[0].number)
			return false;
	}
	t->generation_count = n;
	return true;
}

/* A program of before that knows of no PIN says that it does not support the version. */
static int get_version(struct json_object *o, struct error *err, bool *ret_pin)
{
	uint64_t version;

	if (!token_word_is(o, "type", TOKEN_TYPE))
		return token_bad(err, "type");
	if (!json_member_number(o, "version", UINT32_MAX, &version))
		return token_bad(err, "version");
	if (version != 1 && version != 2)
		return error_set(err, -EBADMSG, "token: version %llu, but this program supports only 1 and 2",
				 (unsigned long long)version);
	*ret_pin = version == 2;
	return 0;
}

/* The members of a PIN come last. */
static const char *unknown_member(struct json_object *o, bool pin)
{
	static const char *const known[] = { "type", "keyslots",   "version", "srk",    "index",
					     "index_name", "bank", "pcrs",    "object", "generations",
					     "pin_salt",   "pin_iterations" };

	return json_unknown_member(o, known, sizeof(known) / sizeof(known[0]) - (pin ? 0 : 2));
}

static int get_pin(struct json_object *o, struct error *err, struct pin_salt *ret)
{
	uint64_t iterations;

	if (!token_hex(json_member_word(o, "pin_salt", 2 * PIN_SALT_LEN), ret->salt, PIN_SALT_LEN))
		return token_bad(err, "pin_salt");
	if (!json_member_number(o, "pin_iterations", PIN_ITERATIONS_MAX, &iterations))
		return token_bad(err, "pin_iterations");
	ret->iterations = (uint32_t)iterations;
	return pin_salt_is_sound(ret) ? 0 : token_bad(err, "pin_iterations");
}

static int get_all(struct json_object *o, struct error *err, struct token *t)
{
	int r = get_version(o, err, &t->has_pin);

	if (r < 0)
		return r;
	if (unknown_member(o, t->has_pin))
		return error_set(err, -EBADMSG, "token: unknown member \"%.32s\"",
				 unknown_member(o, t->has_pin));
	/* libcryptsetup takes a keyslot that is removed out of every token */
	if (json_member_list(o, "keyslots") && json_list_len(json_member_list(o, "keyslots")) == 0)
		return error_set(err, -EBADMSG,
				 "token: its \"keyslots\" is empty: the TPM's keyslot was removed, perhaps "
				 "with "
				 "'cryptsetup luksKillSlot'");
	if (!token_keyslot(o, 1, &t->keyslot))
		return token_bad(err, "keyslots");
	if (!token_name(o, "srk", &t->srk))
		return token_bad(err, "srk");
	if (!get_handle(o, &t->index_handle))
		return token_bad(err, "index");
	if (!token_name(o, "index_name", &t->index))
		return token_bad(err, "index_name");
	if (!token_word_is(o, "bank", "sha256"))
		return token_bad(err, "bank");
	if (!token_mask(o, &t->mask))
		return token_bad(err, "pcrs");
	if (!token_object(o, sizeof(t->object), t->object, &t->object_len))
		return token_bad(err, "object");
	r = t->has_pin ? get_pin(o, err, &t->pin) : 0;
	if (r < 0)
		return r;
	if (!get_generations(o, t))
		return token_bad(err, "generations");
	return 0;
}

int token_parse(const char *json, size_t n, struct error *err, struct token *ret)
{
	struct json_object *o = NULL;
	struct token t = { .keyslot = -1 };
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
	return r;
}

static void add_generation(struct buffer *b, const struct generation *g, pcr_mask mask)
{
	buffer_addf(b, "{\"number\":%u", g->number);
	token_add_branches(b, mask, g->branch, g->branch_count);
	buffer_add_str(b, "}");
}

static void add_pin(struct buffer *b, const struct pin_salt *p)
{
	char salt[2 * PIN_SALT_LEN + 1];

	text_hex(p->salt, PIN_SALT_LEN, salt);
	buffer_addf(b, ",\"pin_salt\":\"%s\",\"pin_iterations\":%u", salt, p->iterations);
}

static bool is_sound(const struct token *t)
{
	if (t->keyslot < 0 || t->keyslot >= KEYSLOT_MAX || t->mask >> PCR_COUNT != 0 ||
	    !(t->mask & PCR(WINDOW_PCR)) || t->object_len == 0 || t->object_len > TOKEN_OBJECT_MAX ||
	    t->generation_count == 0 || t->generation_count > GENERATION_MAX ||
	    (t->has_pin && !pin_salt_is_sound(&t->pin)))
		return false;
	for (size_t i = 0; i < t->generation_count; i++)
		if (t->generation[i].branch_count == 0 || t->generation[i].branch_count > BRANCH_MAX)
			return false;
	return true;
}

int token_format(const struct token *t, struct error *err, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	struct token again;
	int r = 0;

	if (!is_sound(t))
		return error_set(err, -EINVAL, "token: refused to write one that cannot be read back");
	buffer_addf(&b, "{\"type\":\"" TOKEN_TYPE "\",\"keyslots\":[\"%d\"],\"version\":%d", t->keyslot,
		    t->has_pin ? 2 : 1);
	token_add_name(&b, "srk", &t->srk);
	buffer_addf(&b, ",\"index\":\"0x%08x\"", t->index_handle);
	token_add_name(&b, "index_name", &t->index);
	buffer_add_str(&b, ",\"bank\":\"sha256\"");
	token_add_mask(&b, t->mask);
	token_add_bytes(&b, "object", t->object, t->object_len);
	if (t->has_pin)
		add_pin(&b, &t->pin);
	buffer_add_str(&b, ",\"generations\":[");
	for (size_t i = 0; i < t->generation_count; i++) {
		buffer_add_str(&b, i > 0 ? "," : "");
		add_generation(&b, &t->generation[i], t->mask);
	}
	buffer_add_str(&b, "]}");
	if (!buffer_ok(&b))
		r = error_set(err, -ENOMEM, "token: out of memory");
	else if (b.len > TOKEN_MAX_LEN)
		r = error_set(err, -E2BIG, "token: %zu bytes, more than the %d that fit", b.len,
			      TOKEN_MAX_LEN);
	else if (token_parse(buffer_str(&b), b.len, NULL, &again) < 0)
		r = error_set(err, -EINVAL, "token: refused to write one that cannot be read back");
	if (r < 0)
		buffer_free(&b);
	else
		*ret = b;
	return r;
}

const struct generation *token_generation(const struct token *t, const uint8_t root[static SHA256_LEN])
{
	uint8_t digest[SHA256_LEN];

	for (size_t i = 0; i < t->generation_count; i++)
		if (policy_root(t->mask, t->generation[i].branch, t->generation[i].branch_count, digest) ==
			    0 &&
		    memcmp(digest, root, SHA256_LEN) == 0)
			return &t->generation[i];
	return NULL;
}
