#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "base/reader.h"
#include "seal/tpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct reader answers;

/* A host's TPM that answers what it likes: each answer is a length (u16 big endian) and as many bytes. */
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

/* Everything that the unlock program and reseal's first steps ask. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct branch b = { .id = 1 };
	uint8_t pcrs[TPM_PCR_COUNT][SHA256_LEN], policy[SHA256_LEN];
	struct unseal_request q = {
		.index_handle = INDEX_HANDLE_FIRST,
		.mask = PCRS_GRUB,
		.branches = &b,
		.branch_count = 1,
	};
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct reader object;
	uint16_t len;
	struct tpm *t;

	answers = reader_new(data, n);
	if (!reader_be16(&answers, &len) || !reader_take(&answers, len, &object) ||
	    tpm_open("swtpm:", &err, &t) < 0)
		return 0;
	q.object = object.at;
	q.object_len = object.left;
	tpm_pcrs(t, PCRS_GRUB, &err, pcrs);
	/* what it calls itself is what is asked of it: the checks behind the Names are reached */
	if (tpm_srk(t, &err, &q.srk) == 0 && index_found(t, q.index_handle, &err, &q.index) == 0) {
		index_read(t, q.index_handle, &q.index, &err, policy);
		tpm_unseal(t, &q, &err, &key);
	}
	tpm_close_window(t, &q.srk, "bootseal fuzz", key.bytes, &err);
	tpm_require(t, &err);
	tpm_close(t);
	secret_free(&key);
	return 0;
}
