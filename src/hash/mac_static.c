#include "hash/mac.h"

#include <errno.h>
#include <mbedtls/md.h>
#include <pbkdf2.h>
#include <string.h>

int hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t n,
		uint8_t ret[static SHA256_LEN])
{
	uint8_t mac[SHA256_LEN];

	if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, key_len, data, n, mac) != 0)
		return -EIO;
	memcpy(ret, mac, SHA256_LEN);
	explicit_bzero(mac, sizeof(mac));
	return 0;
}

/* More than nettle's functions need, which leave the states of both HMAC keys there: enough to try PINs. */
#define STACK_LEN 4096

static __attribute__((noinline)) void wipe_stack(void)
{
	uint8_t below[STACK_LEN];

	explicit_bzero(below, sizeof(below));
}

static __attribute__((noinline)) void derive(const struct pbkdf2_input *p, uint8_t *ret)
{
	pbkdf2_hmac_sha256(p->password_len, p->password, p->iterations, p->salt_len, p->salt, SHA256_LEN,
			   ret);
}

int pbkdf2_sha256(const struct pbkdf2_input *p, uint8_t ret[static SHA256_LEN])
{
	if (p->iterations < 1)
		return -EINVAL;
	derive(p, ret);
	wipe_stack();
	return 0;
}
