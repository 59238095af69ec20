#include "hash/rsa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#define MODULUS_MIN_LEN 256
#define EXPONENT_MIN 65537u

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

bool rsa_signed_sha256(const struct rsa_public *k, const struct reader *bytes, const struct reader *signature)
{
	EVP_PKEY_CTX *context = NULL;
	EVP_MD_CTX *md = NULL;
	EVP_PKEY *key;
	bool yes;

	if (k->n_len < MODULUS_MIN_LEN || k->n_len > RSA_MAX_LEN || k->e < EXPONENT_MIN || k->e % 2 == 0)
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
