#include "hash/mac.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

int hmac_sha256(const uint8_t *key, size_t key_len, const void *data, size_t n,
		uint8_t ret[static SHA256_LEN])
{
	uint8_t mac[SHA256_LEN];

	if (key_len > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_len, data, n, mac, NULL))
		return -EIO;
	memcpy(ret, mac, SHA256_LEN);
	explicit_bzero(mac, sizeof(mac));
	return 0;
}

int pbkdf2_sha256(const struct pbkdf2_input *p, uint8_t ret[static SHA256_LEN])
{
	if (p->iterations < 1 || p->iterations > INT_MAX || p->password_len > INT_MAX ||
	    p->salt_len > INT_MAX)
		return -EINVAL;
	/* libcrypto wipes what it needs meanwhile */
	return PKCS5_PBKDF2_HMAC((const char *)p->password, (int)p->password_len, p->salt, (int)p->salt_len,
				 (int)p->iterations, EVP_sha256(), SHA256_LEN, ret) == 1 ?
		       0 :
		       -EIO;
}
