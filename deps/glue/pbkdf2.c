/*
 * libcryptsetup's key derivation: PBKDF2 with SHA-256 by nettle, the rest by mbedTLS.
 *
 * Every open of a LUKS2 volume pays for the volume key's digest, some 330,000 iterations; mbedTLS takes 7 to 10
 * times as long for them as nettle with the processor's SHA instructions. libcryptsetup's own crypt_pbkdf is
 * compiled as crypt_pbkdf_mbedtls (deps/static.mk).
 */
#include "crypto_backend.h"
#include "pbkdf2.h"

#include <errno.h>
#include <string.h>

int crypt_pbkdf_mbedtls(const char *kdf, const char *hash, const char *password, size_t password_length,
			const char *salt, size_t salt_length, char *key, size_t key_length, uint32_t iterations,
			uint32_t memory, uint32_t parallel);

int crypt_pbkdf(const char *kdf, const char *hash, const char *password, size_t password_length, const char *salt,
		size_t salt_length, char *key, size_t key_length, uint32_t iterations, uint32_t memory,
		uint32_t parallel)
{
	if (iterations == 0)
		return -EINVAL;
	if (kdf && hash && strcmp(kdf, "pbkdf2") == 0 && strcmp(hash, "sha256") == 0) {
		pbkdf2_hmac_sha256(password_length, (const uint8_t *)password, iterations, salt_length,
				   (const uint8_t *)salt, key_length, (uint8_t *)key);
		return 0;
	}
	return crypt_pbkdf_mbedtls(kdf, hash, password, password_length, salt, salt_length, key, key_length,
				   iterations, memory, parallel);
}
