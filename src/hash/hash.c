#include "hash/hash.h"

size_t hash_len(enum hash_alg alg)
{
	switch (alg) {
	case HASH_MD5:
		return 16;
	case HASH_SHA1:
		return 20;
	case HASH_SHA256:
		return 32;
	case HASH_SHA384:
		return 48;
	case HASH_SHA512:
		return 64;
	}
	return 0;
}

const char *hash_name(enum hash_alg alg)
{
	switch (alg) {
	case HASH_MD5:
		return "md5";
	case HASH_SHA1:
		return "sha1";
	case HASH_SHA256:
		return "sha256";
	case HASH_SHA384:
		return "sha384";
	case HASH_SHA512:
		return "sha512";
	}
	return NULL;
}

struct part {
	const void *data;
	size_t len;
};

static int hash_parts(enum hash_alg alg, const struct part *parts, size_t n, uint8_t *ret)
{
	struct hash *h = NULL;
	int r;

	r = hash_new(alg, &h);
	for (size_t i = 0; i < n && r == 0; i++)
		r = hash_update(h, parts[i].data, parts[i].len);
	if (r == 0)
		r = hash_final(h, ret);
	hash_free(h);
	return r;
}

int hash_once(enum hash_alg alg, const void *data, size_t n, uint8_t *ret)
{
	return hash_parts(alg, &(struct part){ data, n }, 1, ret);
}

int hash_sha256(const void *data, size_t n, uint8_t ret[static SHA256_LEN])
{
	return hash_parts(HASH_SHA256, &(struct part){ data, n }, 1, ret);
}

int hash_sha256_two(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[static SHA256_LEN])
{
	const struct part parts[] = { { a, a_len }, { b, b_len } };

	return hash_parts(HASH_SHA256, parts, 2, ret);
}
