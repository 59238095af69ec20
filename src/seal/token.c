#include "seal/token.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"

#define BRANCH_PACKED_MAX (4 + SHA256_LEN + PCR_COUNT * BRANCH_PREFIX_LEN)
#define TEXT_MAX TOKEN_MAX_LEN

static int bad(struct error *err, const char *member)
{
	return error_set(err, -EBADMSG, "token: bad \"%s\"", member);
}

static bool word_is(struct json_object *o, const char *name, const char *want)
{
	const char *s = json_member_word(o, name, TEXT_MAX);

	return s && strcmp(s, want) == 0;
}

/* Lower case only, so that a token has one spelling. */
static bool get_hex(const char *s, uint8_t *ret, size_t n)
{
	return s && strspn(s, "0123456789abcdef") == strlen(s) && text_unhex(s, strlen(s), ret, n) == 0;
}

static bool get_name(struct json_object *o, const char *member, struct tpm_name *ret)
{
	return get_hex(json_member_word(o, member, 2 * TPM_NAME_LEN), ret->bytes, TPM_NAME_LEN) &&
	       ret->bytes[0] == HASH_SHA256 >> 8 && ret->bytes[1] == (HASH_SHA256 & 0xff);
}

static bool get_keyslot(struct json_object *o, int *ret)
{
	struct json_object *list = json_member_list(o, "keyslots");
	const char *s;
	uint64_t v;

	if (!list || json_list_len(list) != 1)
		return false;
	s = json_word(json_list_at(list, 0), 2);
	if (!s || text_number(s, strlen(s), KEYSLOT_MAX - 1, &v) < 0)
		return false;
	*ret = (int)v;
	return true;
}

static bool get_handle(struct json_object *o, uint32_t *ret)
{
	const char *s = json_member_word(o, "index", 10);
	uint8_t b[4];

	/* NV indices have the type byte 0x01 (TPM 2.0 Part 2, 7.2) */
	if (!s || strncmp(s, "0x", 2) != 0 || !get_hex(s + 2, b, sizeof(b)) || b[0] != 0x01)
		return false;
	*ret = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return true;
}

static bool get_mask(struct json_object *o, pcr_mask *ret)
{
	struct json_object *list = json_member_list(o, "pcrs");
	pcr_mask mask = 0;
	uint64_t v;

	if (!list || json_list_len(list) > PCR_COUNT)
		return false;
	for (size_t i = 0; i < json_list_len(list); i++) {
		/* ascending: whatever is at or above this one in the mask came too early */
		if (!json_number(json_list_at(list, i), PCR_COUNT - 1, &v) || mask >> v != 0)
			return false;
		mask |= 1u << v;
	}
	if (!(mask & PCR(WINDOW_PCR)) || mask == PCR(WINDOW_PCR))
		return false;
	*ret = mask;
	return true;
}

static bool get_object(struct json_object *o, struct token *t)
{
	const char *s = json_member_word(o, "object", TEXT_MAX);
	struct buffer b = BUFFER_NONE;
	bool ok;

	if (!s || text_unbase64(s, strlen(s), &b) < 0)
		return false;
	ok = b.len <= sizeof(t->object);
	if (ok) {
		memcpy(t->object, b.data, b.len);
		t->object_len = b.len;
	}
	buffer_free(&b);
	return ok;
}

static bool unpack_branch(struct reader *in, pcr_mask mask, struct branch *ret)
{
	if (!reader_be32(in, &ret->id) || !reader_bytes(in, ret->composite, SHA256_LEN))
		return false;
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (mask & ~PCR(WINDOW_PCR) & 1u << i && !reader_bytes(in, ret->prefix[i], BRANCH_PREFIX_LEN))
			return false;
	return true;
}

static bool unpack_branches(const struct buffer *b, pcr_mask mask, struct generation *ret)
{
	struct reader in = reader_new(b->data, b->len);

	while (in.left > 0) {
		if (ret->branch_count == BRANCH_MAX ||
		    !unpack_branch(&in, mask, &ret->branch[ret->branch_count]))
			return false;
		for (size_t i = 0; i < ret->branch_count; i++)
			if (ret->branch[i].id == ret->branch[ret->branch_count].id)
				return false;
		ret->branch_count++;
	}
	return true;
}

static bool get_generation(struct json_object *o, pcr_mask mask, struct generation *ret)
{
	static const char *const known[] = { "number", "branches" };
	struct buffer b = BUFFER_NONE;
	const char *s;
	uint64_t v;
	bool ok;

	if (!json_is_object(o) || json_unknown_member(o, known, 2) ||
	    !json_member_number(o, "number", UINT32_MAX, &v) || v == 0)
		return false;
	ret->number = (uint32_t)v;
	s = json_member_word(o, "branches", TEXT_MAX);
	if (!s || text_unbase64(s, strlen(s), &b) < 0)
		return false;
	ok = unpack_branches(&b, mask, ret);
	buffer_free(&b);
	return ok;
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

static int get_all(struct json_object *o, struct error *err, struct token *t)
{
	static const char *const known[] = { "type", "keyslots",   "version", "srk",    "index",
					     "index_name", "bank", "pcrs",    "object", "generations" };
	uint64_t version;

	if (!word_is(o, "type", TOKEN_TYPE))
		return bad(err, "type");
	if (!json_member_number(o, "version", UINT32_MAX, &version))
		return bad(err, "version");
	if (version != 1)
		return error_set(err, -EBADMSG, "token: version %llu, but this program supports only 1",
				 (unsigned long long)version);
	if (json_unknown_member(o, known, sizeof(known) / sizeof(known[0])))
		return error_set(err, -EBADMSG, "token: unknown member \"%.32s\"",
				 json_unknown_member(o, known, sizeof(known) / sizeof(known[0])));
	/* libcryptsetup takes a keyslot that is removed out of every token */
	if (json_member_list(o, "keyslots") && json_list_len(json_member_list(o, "keyslots")) == 0)
		return error_set(err, -EBADMSG,
				 "token: its \"keyslots\" is empty: the TPM's keyslot was removed, perhaps "
				 "with "
				 "'cryptsetup luksKillSlot'");
	if (!get_keyslot(o, &t->keyslot))
		return bad(err, "keyslots");
	if (!get_name(o, "srk", &t->srk))
		return bad(err, "srk");
	if (!get_handle(o, &t->index_handle))
		return bad(err, "index");
	if (!get_name(o, "index_name", &t->index))
		return bad(err, "index_name");
	if (!word_is(o, "bank", "sha256"))
		return bad(err, "bank");
	if (!get_mask(o, &t->mask))
		return bad(err, "pcrs");
	if (!get_object(o, t))
		return bad(err, "object");
	if (!get_generations(o, t))
		return bad(err, "generations");
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

static void add_hex(struct buffer *b, const char *name, const struct tpm_name *v)
{
	char hex[2 * TPM_NAME_LEN + 1];

	text_hex(v->bytes, TPM_NAME_LEN, hex);
	buffer_addf(b, ",\"%s\":\"%s\"", name, hex);
}

static void add_generation(struct buffer *b, const struct generation *g, pcr_mask mask)
{
	uint8_t packed[BRANCH_MAX * BRANCH_PACKED_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < g->branch_count; i++) {
		const struct branch *br = &g->branch[i];

		for (int shift = 24; shift >= 0; shift -= 8)
			packed[n++] = br->id >> shift & 0xff;
		memcpy(packed + n, br->composite, SHA256_LEN);
		n += SHA256_LEN;
		for (unsigned p = 0; p < PCR_COUNT; p++) {
			if (!(mask & ~PCR(WINDOW_PCR) & 1u << p))
				continue;
			memcpy(packed + n, br->prefix[p], BRANCH_PREFIX_LEN);
			n += BRANCH_PREFIX_LEN;
		}
	}
	buffer_addf(b, "{\"number\":%u,\"branches\":\"", g->number);
	text_add_base64(b, packed, n);
	buffer_add_str(b, "\"}");
}

static bool is_sound(const struct token *t)
{
	if (t->keyslot < 0 || t->keyslot >= KEYSLOT_MAX || t->mask >> PCR_COUNT != 0 ||
	    !(t->mask & PCR(WINDOW_PCR)) || t->object_len == 0 || t->object_len > TOKEN_OBJECT_MAX ||
	    t->generation_count == 0 || t->generation_count > GENERATION_MAX)
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
	const char *comma = "";
	int r = 0;

	if (!is_sound(t))
		return error_set(err, -EINVAL, "token: refused to write one that cannot be read back");
	buffer_addf(&b, "{\"type\":\"" TOKEN_TYPE "\",\"keyslots\":[\"%d\"],\"version\":1", t->keyslot);
	add_hex(&b, "srk", &t->srk);
	buffer_addf(&b, ",\"index\":\"0x%08x\"", t->index_handle);
	add_hex(&b, "index_name", &t->index);
	buffer_add_str(&b, ",\"bank\":\"sha256\",\"pcrs\":[");
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (t->mask & 1u << i) {
			buffer_addf(&b, "%s%u", comma, i);
			comma = ",";
		}
	buffer_add_str(&b, "],\"object\":\"");
	text_add_base64(&b, t->object, t->object_len);
	buffer_add_str(&b, "\",\"generations\":[");
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
