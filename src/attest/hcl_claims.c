#include "attest/hcl_claims.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "seal/json.h"

#define KEYS_MAX 16
#define AK_NAME "HCLAkPub"
#define WORD_MAX 1024

/* RFC 4648, 5, without padding, as RFC 7515 writes it. */
static int unbase64url(const char *word, struct buffer *ret)
{
	struct buffer text = BUFFER_NONE;
	int r;

	for (const char *p = word; *p; p++) {
		/* of the other alphabet */
		if (*p == '+' || *p == '/' || *p == '=')
			buffer_add_u8(&text, '!');
		else
			buffer_add_u8(&text, *p == '-' ? '+' : *p == '_' ? '/' : (uint8_t)*p);
	}
	while (text.len % 4 != 0 && buffer_ok(&text))
		buffer_add_u8(&text, '=');
	r = buffer_ok(&text) ? text_unbase64(buffer_str(&text), text.len, ret) : -ENOMEM;
	buffer_free(&text);
	return r;
}

static bool read_exponent(const struct buffer *b, uint32_t *ret)
{
	if (b->len == 0 || b->len > sizeof(*ret) || b->data[0] == 0)
		return false;
	*ret = 0;
	for (size_t i = 0; i < b->len; i++)
		*ret = *ret << 8 | b->data[i];
	return true;
}

static bool read_modulus(const struct buffer *b, struct rsa_public *ret)
{
	if (b->len == 0 || b->len > sizeof(ret->n) || b->data[0] == 0)
		return false;
	memcpy(ret->n, b->data, b->len);
	ret->n_len = b->len;
	return true;
}

static int read_key(struct json_object *key, struct error *err, struct rsa_public *ret)
{
	const char *type = json_member_word(key, "kty", WORD_MAX), *n = json_member_word(key, "n", WORD_MAX);
	const char *e = json_member_word(key, "e", WORD_MAX);
	struct buffer modulus = BUFFER_NONE, exponent = BUFFER_NONE;
	bool good;

	good = type && strcmp(type, "RSA") == 0 && n && e && unbase64url(n, &modulus) == 0 &&
	       unbase64url(e, &exponent) == 0 && read_modulus(&modulus, ret) &&
	       read_exponent(&exponent, &ret->e);
	buffer_free(&modulus);
	buffer_free(&exponent);
	return good ? 0 : error_set(err, -EBADMSG, "its claims: the key " AK_NAME " is no RSA key");
}

static int find_ak(struct json_object *claims, struct error *err, struct rsa_public *ret)
{
	struct json_object *list, *found = NULL;
	size_t n;

	if (!json_member_array(claims, "keys", KEYS_MAX, &list, &n))
		return error_set(err, -EBADMSG, "its claims have no list of at most %u keys", KEYS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct json_object *key = json_list_at(list, i);
		const char *name = json_is_object(key) ? json_member_word(key, "kid", WORD_MAX) : NULL;

		if (!name || strcmp(name, AK_NAME) != 0)
			continue;
		if (found)
			return error_set(err, -EBADMSG, "its claims have two keys " AK_NAME);
		found = key;
	}
	if (!found)
		return error_set(err, -EBADMSG, "its claims have no key " AK_NAME);
	return read_key(found, err, ret);
}

static enum hcl_claim read_claim(struct json_object *o, const char *name)
{
	bool yes;

	if (!json_member_bool(o, name, &yes))
		return HCL_UNSAID;
	return yes ? HCL_YES : HCL_NO;
}

static void read_configuration(struct json_object *o, struct hcl_claims *ret)
{
	const char *id = json_member_word(o, "vmUniqueId", HCL_VM_ID_MAX - 1);

	snprintf(ret->vm_id, sizeof(ret->vm_id), "%s", id ? id : "");
	ret->secure_boot = read_claim(o, "secure-boot");
	ret->console = read_claim(o, "console-enabled");
	ret->tpm_persisted = read_claim(o, "tpm-persisted");
}

int hcl_claims_parse(const struct reader *json, struct error *err, struct hcl_claims *ret)
{
	struct hcl_claims claims = { .vm_id = "" };
	struct json_object *o = NULL, *configuration;
	const char *text = (const char *)json->at;
	int r;

	r = json_scan(text, json->left, err);
	if (r == 0)
		r = json_read(text, json->left, err, &o);
	if (r < 0)
		return error_prefix(err, r, "its claims");
	r = find_ak(o, err, &claims.ak);
	configuration = json_member_object(o, "vm-configuration");
	if (configuration)
		read_configuration(configuration, &claims);
	json_free(o);
	if (r == 0)
		*ret = claims;
	return r;
}
