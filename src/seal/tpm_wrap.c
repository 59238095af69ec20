#include "seal/tpm_wrap.h"

#include <errno.h>
#include <string.h>

#include "hash/mac.h"
#include "hash/symmetric.h"

#define CONTEXT_MAX TPM_NAME_LEN
#define LABEL_MAX 16   /* bytes, with the NUL that is part of it everywhere */
#define POINT_TRIES 64 /* each fails once in 128 times */

/* The secret parts of one wrapper; in a struct secret. */
struct keys {
	uint8_t seed[SHA256_LEN];
	uint8_t symmetric[SHA256_LEN]; /* its first AES128_LEN bytes count */
	uint8_t hmac[SHA256_LEN];
	uint8_t text[2 + WRAP_TEXT_MAX];
};

static void put_be32(uint8_t at[static 4], uint32_t v)
{
	at[0] = v >> 24;
	at[1] = v >> 16;
	at[2] = v >> 8;
	at[3] = v;
}

/* KDFa with SHA-256, up to one block of output: Part 1, 11.4.10.2 (SP800-108 in counter mode). */
static int kdfa(const uint8_t key[static SHA256_LEN], const char *label, const struct tpm_name *context,
		uint32_t bits, uint8_t ret[static SHA256_LEN])
{
	uint8_t in[4 + LABEL_MAX + CONTEXT_MAX + 4];
	size_t n = 4, label_len = strlen(label) + 1;

	put_be32(in, 1);
	memcpy(in + n, label, label_len);
	n += label_len;
	if (context) {
		memcpy(in + n, context->bytes, TPM_NAME_LEN);
		n += TPM_NAME_LEN;
	}
	put_be32(in + n, bits);
	return hmac_sha256(key, SHA256_LEN, in, n + 4, ret);
}

/* KDFe with SHA-256, one block of output: Part 1, 11.4.10.3 (SP800-56A). u, v: the parties' x coordinates. */
static int kdfe(const struct secret *z, const char *label, const uint8_t u[static P256_LEN],
		const struct storage_key *v, uint8_t ret[static SHA256_LEN])
{
	size_t label_len = strlen(label) + 1, n = 4;
	struct secret in = SECRET_NONE;
	int r = secret_new(4 + P256_LEN + LABEL_MAX + P256_LEN + P256_LEN, &in);

	if (r < 0)
		return r;
	put_be32(in.bytes, 1);
	memcpy(in.bytes + n, z->bytes, P256_LEN);
	n += P256_LEN;
	memcpy(in.bytes + n, label, label_len);
	n += label_len;
	memcpy(in.bytes + n, u, P256_LEN);
	n += P256_LEN;
	memcpy(in.bytes + n, v->x + P256_LEN - v->x_len, v->x_len);
	r = hash_sha256(in.bytes, n + v->x_len, ret);
	secret_free(&in);
	return r;
}

/*
 * One try: -EAGAIN when a coordinate begins with a zero byte, which some TPMs leave out of what they hash,
 * and others keep.
 */
static int try_point(const struct wrap *w, struct error *err, uint8_t ret_seed[static SHA256_LEN],
		     struct buffer *ret)
{
	uint8_t x[P256_LEN] = { 0 }, y[P256_LEN] = { 0 };
	struct secret z = SECRET_NONE;
	struct p256 *own = NULL;
	int r;

	r = p256_generate(err, &own);
	if (r == 0)
		r = p256_public(own, x, y);
	if (r == 0)
		r = p256_agree(own, w->key->x, w->key->y, &z);
	if (r == 0 && (x[0] == 0 || z.bytes[0] == 0))
		r = -EAGAIN;
	if (r == 0)
		r = kdfe(&z, w->label, x, w->key, ret_seed);
	if (r == 0) {
		/* a TPMS_ECC_POINT */
		buffer_add_be16(ret, 2 * (2 + P256_LEN));
		buffer_add_be16(ret, P256_LEN);
		buffer_add(ret, x, P256_LEN);
		buffer_add_be16(ret, P256_LEN);
		buffer_add(ret, y, P256_LEN);
	}
	p256_free(own);
	secret_free(&z);
	return r;
}

/* By ECDH: Part 1, C.6.1; the seed is not chosen, it is agreed on. */
static int share_by_ecc(const struct wrap *w, struct error *err, uint8_t ret_seed[static SHA256_LEN],
			struct buffer *ret)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < POINT_TRIES; i++)
		r = try_point(w, err, ret_seed, ret);
	return r;
}

/* By RSA-OAEP: Part 1, B.10. */
static int share_by_rsa(const struct wrap *w, uint8_t ret_seed[static SHA256_LEN], struct buffer *ret)
{
	struct reader label = reader_new(w->label, strlen(w->label) + 1);
	struct secret seed = SECRET_NONE;
	uint8_t encrypted[RSA_MAX_LEN];
	int r;

	r = secret_random(SHA256_LEN, &seed);
	if (r == 0)
		r = rsa_encrypt_oaep(&w->key->rsa, &label, seed.bytes, seed.len, encrypted);
	if (r == 0) {
		memcpy(ret_seed, seed.bytes, SHA256_LEN);
		buffer_add_be16(ret, w->key->rsa.n_len);
		buffer_add(ret, encrypted, w->key->rsa.n_len);
	}
	secret_free(&seed);
	return r;
}

static int add_protected(const struct wrap *w, struct keys *k, struct buffer *ret)
{
	uint8_t in[sizeof(k->text) + TPM_NAME_LEN], mac[SHA256_LEN];
	size_t n = 2 + w->text->len;
	int r;

	k->text[0] = w->text->len >> 8;
	k->text[1] = w->text->len;
	memcpy(k->text + 2, w->text->bytes, w->text->len);
	r = kdfa(k->seed, "STORAGE", &w->name, 8 * AES128_LEN, k->symmetric);
	if (r == 0)
		r = kdfa(k->seed, "INTEGRITY", NULL, 8 * SHA256_LEN, k->hmac);
	if (r == 0)
		r = aes128_cfb_encrypt(k->symmetric, k->text, n);
	if (r < 0)
		return r;
	memcpy(in, k->text, n);
	memcpy(in + n, w->name.bytes, TPM_NAME_LEN);
	r = hmac_sha256(k->hmac, SHA256_LEN, in, n + TPM_NAME_LEN, mac);
	if (r < 0)
		return r;
	buffer_add_be16(ret, 2 + SHA256_LEN + n);
	buffer_add_be16(ret, SHA256_LEN);
	buffer_add(ret, mac, SHA256_LEN);
	buffer_add(ret, k->text, n);
	return 0;
}

int tpm_wrap(const struct wrap *w, struct error *err, struct buffer *ret)
{
	struct buffer shared = BUFFER_NONE, b = BUFFER_NONE;
	struct secret keys = SECRET_NONE;
	struct keys *k;
	int r;

	if (w->text->len < 1 || w->text->len > WRAP_TEXT_MAX || strlen(w->label) >= LABEL_MAX)
		return -EINVAL;
	r = secret_new(sizeof(*k), &keys);
	if (r < 0)
		return r;
	k = (struct keys *)(void *)keys.bytes;
	r = w->key->is_rsa ? share_by_rsa(w, k->seed, &shared) : share_by_ecc(w, err, k->seed, &shared);
	if (r == 0)
		r = add_protected(w, k, &b);
	if (r == 0)
		buffer_add(&b, shared.data, shared.len);
	if (r == 0 && (!buffer_ok(&b) || !buffer_ok(&shared)))
		r = -ENOMEM;
	if (r == 0) {
		*ret = b;
		b = BUFFER_NONE;
	}
	buffer_free(&b);
	buffer_free(&shared);
	secret_free(&keys);
	return r;
}
