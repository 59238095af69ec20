#include "hash/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct hash {
	EVP_MD_CTX *ctx;
};

static const EVP_MD *md_of(enum hash_alg alg)
{
	switch (alg) {
	case HASH_MD5:
		return EVP_md5();
	case HASH_SHA1:
		return EVP_sha1();
	case HASH_SHA256:
		return EVP_sha256();
	case HASH_SHA384:
		return EVP_sha384();
	case HASH_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

int hash_new(enum hash_alg alg, struct hash **ret)
{
	const EVP_MD *md = md_of(alg);
	struct hash *h;

	if (!md)
		return -EOPNOTSUPP;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, md, NULL) != 1) {
		hash_free(h);
		return -ENOMEM;
	}
	*ret = h;
	return 0;
}

int hash_update(struct hash *h, const void *data, size_t n)
{
	return EVP_DigestUpdate(h->ctx, data, n) == 1 ? 0 : -EIO;
}

int hash_final(struct hash *h, uint8_t *ret)
{
	return EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1 ? 0 : -EIO;
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}
