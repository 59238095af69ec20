/*
 * A host's TPM that answers what it likes: each answer is a length (u16 big endian) and as many bytes.
 *
 * Such a TPM has the key that the session is salted to, so it can make the HMAC of any answer, which bytes of
 * a fuzzer never could: here the HMAC of everything is zeros, on both sides. That, the same random numbers
 * each time and one library context of OpenSSL instead of one for each hash (8 ms an execution) are the
 * differences from the real thing; tests/swtpm has that.
 */
#ifndef FUZZ_TPM_ANSWERS_H
#define FUZZ_TPM_ANSWERS_H

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "base/reader.h"

static struct reader answers;

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *c, size_t n, const uint8_t *command)
{
	return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *c, size_t *n, uint8_t *answer, int32_t timeout)
{
	struct reader r = answers, part;
	uint16_t len;

	if (!reader_be16(&r, &len) || !reader_take(&r, len, &part))
		return TSS2_TCTI_RC_IO_ERROR;
	if (answer) {
		if (part.left > *n)
			return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
		memcpy(answer, part.at, part.left);
		answers = r;
	}
	*n = part.left;
	return TSS2_RC_SUCCESS;
}

TSS2_RC Tss2_Tcti_Swtpm_Init(TSS2_TCTI_CONTEXT *c, size_t *n, const char *conf)
{
	static const TSS2_TCTI_CONTEXT_COMMON_V1 fake = {
		.version = 1,
		.transmit = transmit,
		.receive = receive,
	};

	if (c)
		*(TSS2_TCTI_CONTEXT_COMMON_V1 *)c = fake;
	*n = sizeof(TSS2_TCTI_CONTEXT_COMMON_V1);
	return TSS2_RC_SUCCESS;
}

/* "Not now" costs no time here. */
int nanosleep(const struct timespec *pause, struct timespec *rest)
{
	return 0;
}

OSSL_LIB_CTX *OSSL_LIB_CTX_new(void)
{
	static OSSL_LIB_CTX *one;
	OSSL_LIB_CTX *(*make)(void);

	if (!one) {
		*(void **)&make = dlsym(RTLD_NEXT, "OSSL_LIB_CTX_new");
		one = make();
	}
	return one;
}

void OSSL_LIB_CTX_free(OSSL_LIB_CTX *context)
{
}

int RAND_bytes_ex(OSSL_LIB_CTX *context, unsigned char *bytes, size_t n, unsigned int strength)
{
	memset(bytes, 0x5a, n);
	return 1;
}

int EVP_DigestSignFinal(EVP_MD_CTX *context, unsigned char *mac, size_t *n)
{
	const size_t len = EVP_MD_CTX_get_size(context);

	if (mac)
		memset(mac, 0, len);
	*n = len;
	return 1;
}

#endif
