#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "seal/token_first_boot.h"
#include "seal/tpm.h"
#include "seal/tpm_first_boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A TPM that never answers: an object that passes the checks on this side gets as far as that. */
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

static void use(const struct first_boot_sealed *s)
{
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct tpm *t;
	int r;

	if (tpm_open("swtpm:", &err, &t) < 0)
		abort();
	r = tpm_first_boot(t, s, &err, &key);
	if ((r != -EBADMSG && r != -EIO) || !err.text[0] || key.bytes)
		abort();
	tpm_close(t);
}

/* What was read is written and read again: it must be the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct first_boot_token t = FIRST_BOOT_TOKEN_NONE, again = FIRST_BOOT_TOKEN_NONE;
	struct buffer text = BUFFER_NONE, text_again = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (first_boot_token_parse((const char *)data, n, &err, &t) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	if (first_boot_token_format(&t, &err, &text) < 0 ||
	    first_boot_token_parse(buffer_str(&text), text.len, &err, &again) < 0 ||
	    first_boot_token_format(&again, &err, &text_again) < 0 ||
	    strcmp(buffer_str(&text), buffer_str(&text_again)) != 0)
		abort();
	if (t.kind == FIRST_BOOT_SEALED)
		use(&t.sealed);
	first_boot_token_free(&t);
	first_boot_token_free(&again);
	buffer_free(&text);
	buffer_free(&text_again);
	return 0;
}
