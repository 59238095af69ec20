#include "machine/record/authority.h"

#include <errno.h>

#include "hash/p256.h"

static int sign(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		uint8_t ret_s[static 32])
{
	return p256_sign(key, digest, ret_r, ret_s);
}

static int adopt(struct p256 *k, struct error *err, struct authority *ret)
{
	struct authority a = { .sign = sign, .key = k };
	int r = p256_public(k, a.x, a.y);

	if (r < 0) {
		p256_free(k);
		return error_set(err, r, "the authority key has no public point");
	}
	*ret = a;
	return 0;
}

int authority_load(const char *path, struct error *err, struct authority *ret)
{
	struct p256 *k;
	int r = p256_load(path, err, &k);

	return r < 0 ? r : adopt(k, err, ret);
}

int authority_ensure(const char *path, struct error *err, struct authority *ret)
{
	struct p256 *k = NULL;
	int r;

	r = p256_load(path, err, &k);
	if (r == -ENOENT) {
		r = p256_generate(err, &k);
		if (r == 0)
			r = p256_save(k, path, err);
	}
	if (r < 0) {
		p256_free(k);
		return r;
	}
	return adopt(k, err, ret);
}

void authority_free(struct authority *a)
{
	p256_free(a->key);
	*a = (struct authority){ .key = NULL };
}
