#include "hash/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct hash {
	EVP_MD_CTX *ctx;
};

/*
 * Looked for once: where EVP_sha256() is given to EVP_DigestInit_ex(), it is looked for among the providers
 * each time, which takes longer than to hash an event (openssl-fetch(7)). Not for several threads.
 */
static const EVP_MD *md_of(enum hash_alg alg)
{
	static const enum hash_alg known[] = { HASH_SHA256, HASH_SHA1, HASH_SHA384, HASH_SHA512, HASH_MD5 };
	static EVP_MD *found[sizeof(known) / sizeof(known[0])];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i] != alg)
			continue;
		if (!found[i])
			found[i] = EVP_MD_fetch(NULL, hash_name(alg), NULL);
		return found[i];
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
