#include "seal/volume_pin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "seal/json.h"
#include "seal/json_write.h"

#define WORD_MAX 256       /* bytes of any value that we pin */
#define ITERATIONS_MAX 1000000 /* of our keyslot, which has 1000: a header must not make the boot hang */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int broken(struct error *err, const char *what)
{
	return error_set(err, -EKEYREJECTED, "LUKS2 header: %s", what);
}

/*
 * dm-crypt takes "cipher-mode-iv" or, behind "capi:", any construction of the kernel's crypto API. Only the
 * first form is accepted, and no part of it may be one of the kernel's null algorithms (cipher_null,
 * ecb-cipher_null, digest_null, ...).
 */
static bool is_real_cipher(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_:,";

	return s && strspn(s, allowed) == strlen(s) && strchr(s, '-') && s[0] != '-' &&
	       strncmp(s, "capi:", strlen("capi:")) != 0 && !strstr(s, "null");
}

static bool list_has(struct json_object *list, int keyslot)
{
	const char *s;
	uint64_t v;

	for (size_t i = 0; i < json_list_len(list); i++) {
		s = json_word(json_list_at(list, i), 8);
		if (s && text_number(s, strlen(s), INT32_MAX, &v) == 0 && (int)v == keyslot)
			return true;
	}
	return false;
}

static bool add_word(struct buffer *b, const char *prefix, const char *name, struct json_object *o)
{
	const char *s = json_member_word(o, name, WORD_MAX);

	if (s)
		buffer_addf(b, "%s%s=%s\n", prefix, name, s);
	return s;
}

static bool add_number(struct buffer *b, const char *prefix, const char *name, struct json_object *o)
{
	uint64_t v;

	if (!json_member_number(o, name, UINT32_MAX, &v))
		return false;
	buffer_addf(b, "%s%s=%llu\n", prefix, name, (unsigned long long)v);
	return true;
}

static int add_integrity(struct json_object *segment, struct error *err, struct buffer *b)
{
	static const char *const known[] = { "type", "journal_encryption", "journal_integrity", "key_size" };
	struct json_object *o;

	if (!json_has(segment, "integrity"))
		return 0;
	o = json_member_object(segment, "integrity");
	if (!o || json_unknown_member(o, known, COUNT(known)) ||
	    !add_word(b, "segment.integrity.", "type", o) ||
	    !add_word(b, "segment.integrity.", "journal_encryption", o) ||
	    !add_word(b, "segment.integrity.", "journal_integrity", o))
		return broken(err, "the integrity of its segment has an unknown form");
	if (json_has(o, "key_size") && !add_number(b, "segment.integrity.", "key_size", o))
		return broken(err, "the integrity of its segment has an unknown form");
	return 0;
}

static int add_segment(struct json_object *root, struct error *err, struct buffer *b)
{
	static const char *const known[] = { "type",	   "offset",	  "size",      "iv_tweak",
					     "encryption", "sector_size", "integrity" };
	struct json_object *all = json_member_object(root, "segments"), *s;
	const char *type;

	if (!all || json_member_count(all) != 1)
		return broken(err, "it does not have exactly one segment");
	s = json_member_object(all, "0");
	if (!s)
		return broken(err, "its segment is not number 0");
	if (json_has(s, "flags"))
		return broken(err, "its segment is flagged");
	type = json_member_word(s, "type", WORD_MAX);
	if (!type || strcmp(type, "crypt") != 0)
		return broken(err, "its segment is not of type crypt");
	if (json_unknown_member(s, known, COUNT(known)))
		return broken(err, "its segment has an unknown member");
	if (!is_real_cipher(json_member_word(s, "encryption", WORD_MAX)))
		return broken(err, "its segment does not name a real cipher");
	if (!add_word(b, "segment.", "type", s) || !add_word(b, "segment.", "offset", s) ||
	    !add_word(b, "segment.", "size", s) || !add_word(b, "segment.", "iv_tweak", s) ||
	    !add_word(b, "segment.", "encryption", s) || !add_number(b, "segment.", "sector_size", s))
		return broken(err, "its segment lacks a member");
	return add_integrity(s, err, b);
}

static int check_requirements(struct json_object *root, struct error *err)
{
	struct json_object *config = json_member_object(root, "config"), *all, *list;

	if (!config)
		return broken(err, "it has no configuration");
	if (!json_has(config, "requirements"))
		return 0;
	all = json_member_object(config, "requirements");
	if (!all)
		return broken(err, "its requirements have an unknown form");
	list = json_member_list(all, "mandatory");
	if (json_member_count(all) == 0 ||
	    (json_member_count(all) == 1 && list && json_list_len(list) == 0))
		return 0;
	return broken(err, "it has requirements (is it being reencrypted?)");
}

struct digest_search {
	int keyslot;
	struct error *err;
	struct json_object *found;
};

/*
 * Digests of unbound keyslots cover no segment and do not count; everything else must be the one digest of
 * segment "0".
 */
static int judge_digest(void *context, struct json_object *digest)
{
	struct json_object *keyslots = json_member_list(digest, "keyslots"),
			   *segments = json_member_list(digest, "segments");
	struct digest_search *s = context;

	if (!keyslots || !segments)
		return broken(s->err, "a digest has an unknown form");
	if (json_list_len(segments) == 0) {
		if (s->keyslot >= 0 && list_has(keyslots, s->keyslot))
			return broken(s->err, "bootseal's keyslot belongs to another digest");
		return 0;
	}
	if (s->found)
		return broken(s->err, "more than one digest covers a segment");
	if (json_list_len(segments) != 1 || !list_has(segments, 0))
		return broken(s->err, "its digest does not cover segment 0");
	if (s->keyslot >= 0 && !list_has(keyslots, s->keyslot))
		return broken(s->err, "bootseal's keyslot does not belong to the digest of its segment");
	s->found = digest;
	return 0;
}

static int find_digest(struct json_object *root, int keyslot, struct error *err, struct json_object **ret)
{
	struct digest_search s = { .keyslot = keyslot, .err = err };
	struct json_object *all = json_member_object(root, "digests");
	int r;

	if (!all)
		return broken(err, "it has no digests");
	r = json_each_member(all, judge_digest, &s);
	if (r < 0)
		return r;
	if (!s.found)
		return broken(err, "no digest covers its segment");
	*ret = s.found;
	return 0;
}

/*
 * The volume key's size, on which all keyslots of the digest must agree: libcryptsetup takes it from any of
 * them.
 */
static int add_key_size(struct json_object *root, struct json_object *digest, struct error *err,
			struct buffer *b)
{
	struct json_object *all = json_member_object(root, "keyslots"), *list, *slot;
	uint64_t size = 0, v;
	const char *s;

	list = json_member_list(digest, "keyslots");
	for (size_t i = 0; i < json_list_len(list); i++) {
		s = json_word(json_list_at(list, i), 8);
		slot = s ? json_member_object(all, s) : NULL;
		if (!json_member_number(slot, "key_size", UINT32_MAX, &v) || v == 0)
			return broken(err, "a keyslot of its digest has an unknown form");
		if (size != 0 && v != size)
			return broken(err, "the keyslots of its digest differ in key size");
		size = v;
	}
	if (size == 0)
		return broken(err, "its digest has no keyslot");
	buffer_addf(b, "key_size=%llu\n", (unsigned long long)size);
	return 0;
}

static int add_digest(struct json_object *root, int keyslot, struct error *err, struct buffer *b)
{
	static const char *const known[] = { "type",   "keyslots", "segments",  "salt",
					     "digest", "hash",     "iterations" };
	struct json_object *digest = NULL;
	const char *type;
	int r;

	r = find_digest(root, keyslot, err, &digest);
	if (r < 0)
		return r;
	type = json_member_word(digest, "type", WORD_MAX);
	if (!type || strcmp(type, "pbkdf2") != 0 || json_unknown_member(digest, known, COUNT(known)))
		return broken(err, "its digest has an unknown form");
	r = add_key_size(root, digest, err, b);
	if (r < 0)
		return r;
	if (!add_word(b, "digest.", "type", digest) || !add_word(b, "digest.", "hash", digest) ||
	    !add_number(b, "digest.", "iterations", digest) || !add_word(b, "digest.", "salt", digest) ||
	    !add_word(b, "digest.", "digest", digest))
		return broken(err, "its digest lacks a member");
	return 0;
}

/*
 * Our own keyslot is as volume_keyslot_add makes it; how many keyslots there are besides is none of the pin's
 * business.
 */
static int check_keyslot(struct json_object *root, int keyslot, struct error *err)
{
	struct json_object *slot, *kdf, *area;
	char name[16];
	const char *type;
	uint64_t v;

	snprintf(name, sizeof(name), "%d", keyslot);
	slot = json_member_object(json_member_object(root, "keyslots"), name);
	if (!slot)
		return broken(err, "it lacks bootseal's keyslot");
	type = json_member_word(slot, "type", WORD_MAX);
	area = json_member_object(slot, "area");
	if (!type || strcmp(type, "luks2") != 0 || !area)
		return broken(err, "bootseal's keyslot has an unknown form");
	if (!is_real_cipher(json_member_word(area, "encryption", WORD_MAX)))
		return broken(err, "bootseal's keyslot does not name a real cipher");
	kdf = json_member_object(slot, "kdf");
	type = json_member_word(kdf, "type", WORD_MAX);
	if (!type || strcmp(type, "pbkdf2") != 0 ||
	    !json_member_number(kdf, "iterations", ITERATIONS_MAX, &v))
		return broken(err, "bootseal's keyslot does not use PBKDF2 with few iterations");
	return 0;
}

int volume_pin_text(const struct volume_pin_source *src, struct error *err, struct buffer *ret)
{
	struct json_object *root = NULL;
	struct buffer b = BUFFER_NONE;
	int r;

	r = json_read(src->json, src->json_len, err, &root);
	if (r < 0)
		return error_prefix(err, r, "LUKS2 header");
	buffer_addf(&b, "bootseal-volume-pin 1\nuuid=%s\n", src->uuid);
	r = add_segment(root, err, &b);
	if (r == 0)
		r = check_requirements(root, err);
	if (r == 0)
		r = add_digest(root, src->keyslot, err, &b);
	if (r == 0 && src->keyslot >= 0)
		r = check_keyslot(root, src->keyslot, err);
	if (r == 0 && !buffer_ok(&b))
		r = error_set(err, -ENOMEM, "LUKS2 header: out of memory");
	json_free(root);
	if (r < 0)
		buffer_free(&b);
	else
		*ret = b;
	return r;
}

int volume_json_len(const char *json, size_t n, struct error *err, size_t *ret)
{
	struct json_object *root = NULL;
	const char *plain;
	int r;

	r = json_read(json, n, err, &root);
	if (r < 0)
		return error_prefix(err, r, "LUKS2 header");
	plain = json_text(root, JSON_PLAIN);
	if (plain)
		*ret = strlen(plain);
	else
		r = error_set(err, -ENOMEM, "LUKS2 header: out of memory");
	json_free(root);
	return r;
}
