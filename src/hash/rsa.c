#include "hash/rsa.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#define MODULUS_MIN_LEN 256
#define EXPONENT_MIN 65537u
#define LABEL_MAX 64
#define OAEP_OVERHEAD (2 * 32 + 2) /* RFC 8017, 7.1.1: two digests and two bytes */

bool rsa_public_equal(const struct rsa_public *a, const struct rsa_public *b)
{
	return a->n_len == b->n_len && a->n_len <= RSA_MAX_LEN && memcmp(a->n, b->n, a->n_len) == 0 &&
	       a->e == b->e;
}

static EVP_PKEY *from_parameters(OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (context && parameters && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *make_key(const struct rsa_public *k)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(k->n, (int)k->n_len, NULL);
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key;

	if (build && n && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, k->e) == 1)
		parameters = OSSL_PARAM_BLD_to_param(build);
	key = from_parameters(parameters);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	return key;
}

static bool is_fit(const struct rsa_public *k)
{
	return k->n_len >= MODULUS_MIN_LEN && k->n_len <= RSA_MAX_LEN && k->e >= EXPONENT_MIN &&
	       k->e % 2 == 1;
}

bool rsa_signed_sha256(const struct rsa_public *k, const struct reader *bytes, const struct reader *signature)
{
	EVP_PKEY_CTX *context = NULL;
	EVP_MD_CTX *md = NULL;
	EVP_PKEY *key;
	bool yes;

	if (!is_fit(k))
		return false;
	key = make_key(k);
	md = EVP_MD_CTX_new();
	yes = key && md && EVP_DigestVerifyInit(md, &context, EVP_sha256(), NULL, key) == 1 &&
	      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	      EVP_DigestVerify(md, signature->at, signature->left, bytes->at, bytes->left) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return yes;
}

/* The context owns its copy of the label. */
static bool set_label(EVP_PKEY_CTX *context, const struct reader *label)
{
	uint8_t *copy = OPENSSL_memdup(label->at, label->left);

	if (copy && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label->left) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}

int rsa_encrypt_oaep(const struct rsa_public *k, const struct reader *label, const uint8_t *text, size_t n,
		     uint8_t ret[static RSA_MAX_LEN])
{
	size_t len = RSA_MAX_LEN;
	EVP_PKEY_CTX *context;
	EVP_PKEY *key;
	bool done;

	if (!is_fit(k) || label->left < 1 || label->left > LABEL_MAX || n > k->n_len - OAEP_OVERHEAD)
		return -EINVAL;
	key = make_key(k);
	context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	done = context && EVP_PKEY_encrypt_init(context) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 && set_label(context, label) &&
	       EVP_PKEY_encrypt(context, ret, &len, text, n) == 1 && len == k->n_len;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return done ? 0 : -EIO;
}
