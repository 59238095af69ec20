#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_unseal.h"
#include "../sample_pcrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A TPM that never answers: an object that passes all the checks on this side gets as far as that. */
static TSS2_RC transmit(TSS2_TCTI_CONTEXT *c, size_t n, const uint8_t *command)
{
	return TSS2_TCTI_RC_IO_ERROR;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *c, size_t *n, uint8_t *answer, int32_t timeout)
{
	return TSS2_TCTI_RC_IO_ERROR;
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

static void try(struct unseal_request *q)
{
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct tpm *t;
	int r;

	if (tpm_open("swtpm:", &err, &t) < 0)
		abort();
	r = tpm_unseal(t, q, &err, &key);
	if ((r != -EBADMSG && r != -EKEYREJECTED && r != -EIO) || !err.text[0] || key.bytes)
		abort();
	tpm_close(t);
}

/* The sealed object of a token. The seeds in tests/corpus/object are of this index, one with a PIN. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t bytes[SHA256_LEN];
	const struct secret auth = { .bytes = bytes, .len = sizeof(bytes) };
	const struct branch b = { .id = 1 };
	struct unseal_request q = {
		.object = data,
		.object_len = n,
		.index = { .bytes = { 0, 0x0b } },
		.index_handle = INDEX_HANDLE_FIRST,
		.mask = SAMPLE_PCRS,
		.branches = &b,
		.branch_count = 1,
	};

	try(&q);
	q.auth = &auth;
	try(&q);
	return 0;
}
