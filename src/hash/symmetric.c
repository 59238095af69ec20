#include "hash/symmetric.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>

int aes128_cfb_encrypt(const uint8_t key[static AES128_LEN], void *data, size_t n)
{
	static const uint8_t iv[AES128_LEN];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len = 0, r = -EIO;

	/* a stream mode: as many bytes come out as go in, and nothing at the end */
	if (c && n <= INT_MAX && EVP_EncryptInit_ex(c, EVP_aes_128_cfb128(), NULL, key, iv) == 1 &&
	    EVP_EncryptUpdate(c, data, &len, data, (int)n) == 1 && (size_t)len == n)
		r = 0;
	EVP_CIPHER_CTX_free(c); /* wipes the key */
	return r;
}
