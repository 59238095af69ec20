#include "seal/token_parts.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"

#define BRANCH_PACKED_MAX (4 + SHA256_LEN + PCR_COUNT * BRANCH_PREFIX_LEN)

int token_bad(struct error *err, const char *member)
{
	return error_set(err, -EBADMSG, "token: bad \"%s\"", member);
}

bool token_word_is(struct json_object *o, const char *name, const char *want)
{
	const char *s = json_member_word(o, name, TOKEN_MAX_LEN);

	return s && strcmp(s, want) == 0;
}

bool token_hex(const char *s, uint8_t *ret, size_t n)
{
	return s && strspn(s, "0123456789abcdef") == strlen(s) && text_unhex(s, strlen(s), ret, n) == 0;
}

bool token_name(struct json_object *o, const char *member, struct tpm_name *ret)
{
	return token_hex(json_member_word(o, member, 2 * TPM_NAME_LEN), ret->bytes, TPM_NAME_LEN) &&
	       ret->bytes[0] == HASH_SHA256 >> 8 && ret->bytes[1] == (HASH_SHA256 & 0xff);
}

bool token_keyslot(struct json_object *o, size_t max, int *ret)
{
	struct json_object *list = json_member_list(o, "keyslots");
	uint64_t first = 0, v;
	const char *s;

	if (!list || json_list_len(list) < 1 || json_list_len(list) > max)
		return false;
	for (size_t i = 0; i < json_list_len(list); i++) {
		s = json_word(json_list_at(list, i), 2);
		if (!s || text_number(s, strlen(s), KEYSLOT_MAX - 1, &v) < 0)
			return false;
		first = i == 0 ? v : first;
	}
	*ret = (int)first;
	return true;
}

bool token_mask_is_sound(pcr_mask mask)
{
	return mask & PCR(WINDOW_PCR) && mask != PCR(WINDOW_PCR) && !(mask & ~PCR_ALL);
}

bool token_mask(struct json_object *o, pcr_mask *ret)
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
	if (!token_mask_is_sound(mask))
		return false;
	*ret = mask;
	return true;
}

bool token_bytes(struct json_object *o, const char *member, struct buffer *ret)
{
	const char *s = json_member_word(o, member, TOKEN_MAX_LEN);

	return s && text_unbase64(s, strlen(s), ret) == 0;
}

bool token_object(struct json_object *o, size_t size, uint8_t *ret, size_t *ret_len)
{
	struct buffer b = BUFFER_NONE;
	bool ok = token_bytes(o, "object", &b) && b.len <= size;

	if (ok) {
		memcpy(ret, b.data, b.len);
		*ret_len = b.len;
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

static bool unpack(struct reader in, pcr_mask mask, struct branch ret[static BRANCH_MAX], size_t *ret_count)
{
	size_t n = 0;

	while (in.left > 0) {
		if (n == BRANCH_MAX || !unpack_branch(&in, mask, &ret[n]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (ret[i].id == ret[n].id)
				return false;
		n++;
	}
	*ret_count = n;
	return true;
}

bool token_branches(struct json_object *o, pcr_mask mask, struct branch ret[static BRANCH_MAX],
		    size_t *ret_count)
{
	struct buffer b = BUFFER_NONE;
	bool ok = token_bytes(o, "branches", &b) && unpack(reader_new(b.data, b.len), mask, ret, ret_count);

	buffer_free(&b);
	return ok;
}

void token_add_name(struct buffer *b, const char *member, const struct tpm_name *v)
{
	char hex[2 * TPM_NAME_LEN + 1];

	text_hex(v->bytes, TPM_NAME_LEN, hex);
	buffer_addf(b, ",\"%s\":\"%s\"", member, hex);
}

void token_add_mask(struct buffer *b, pcr_mask mask)
{
	const char *comma = "";

	buffer_add_str(b, ",\"pcrs\":[");
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (mask & 1u << i) {
			buffer_addf(b, "%s%u", comma, i);
			comma = ",";
		}
	buffer_add_str(b, "]");
}

void token_add_bytes(struct buffer *b, const char *member, const void *bytes, size_t n)
{
	buffer_addf(b, ",\"%s\":\"", member);
	text_add_base64(b, bytes, n);
	buffer_add_str(b, "\"");
}

void token_add_branches(struct buffer *b, pcr_mask mask, const struct branch *branches, size_t count)
{
	uint8_t packed[BRANCH_MAX * BRANCH_PACKED_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct branch *br = &branches[i];

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
	token_add_bytes(b, "branches", packed, n);
}
