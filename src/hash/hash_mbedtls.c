#include "hash/hash.h"

#include <errno.h>
#include <mbedtls/md.h>
#include <stdlib.h>

struct hash {
	mbedtls_md_context_t ctx;
};

static const mbedtls_md_info_t *md_of(enum hash_alg alg)
{
	switch (alg) {
	case HASH_SHA1:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
	case HASH_SHA256:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	case HASH_SHA384:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
	case HASH_SHA512:
		return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
	case HASH_MD5:
		break;
	}
	return NULL;
}

int hash_new(enum hash_alg alg, struct hash **ret)
{
	const mbedtls_md_info_t *md = md_of(alg);
	struct hash *h;

	if (!md)
		return -EOPNOTSUPP;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	mbedtls_md_init(&h->ctx);
	if (mbedtls_md_setup(&h->ctx, md, 0) != 0 || mbedtls_md_starts(&h->ctx) != 0) {
		hash_free(h);
		return -ENOMEM;
	}
	*ret = h;
	return 0;
}

int hash_update(struct hash *h, const void *data, size_t n)
{
	return mbedtls_md_update(&h->ctx, data, n) == 0 ? 0 : -EIO;
}

int hash_final(struct hash *h, uint8_t *ret)
{
	return mbedtls_md_finish(&h->ctx, ret) == 0 ? 0 : -EIO;
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	mbedtls_md_free(&h->ctx);
	free(h);
}
