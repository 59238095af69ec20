/* openssl_pbkdf2 ITERATIONS: how many microseconds libcrypto takes for that many, 32 bytes of key. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct timespec from, to;
	unsigned char key[32];
	int r;

	if (argc != 2)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &from);
	r = PKCS5_PBKDF2_HMAC("passphrase", 10, (const unsigned char *)"saltsalt", 8, atoi(argv[1]),
			      EVP_sha256(), sizeof(key), key);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%ld\n", (to.tv_sec - from.tv_sec) * 1000000L + (to.tv_nsec - from.tv_nsec) / 1000);
	return r == 1 ? 0 : 1;
}
