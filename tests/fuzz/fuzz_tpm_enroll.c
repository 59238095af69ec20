#include <stdint.h>

#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_index_write.h"
#include "seal/tpm_name.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_srk_ensure.h"
#include "tpm_answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* As good as any: the TPM that checks it is the fuzzer. */
static int sign(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		uint8_t ret_s[static 32])
{
	memset(ret_r, 1, 32);
	memset(ret_s, 2, 32);
	return 0;
}

/*
 * Everything that enrolment, reseal and removal ask. The seed's index belongs to the key of these
 * coordinates.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct authority authority = {
		.x = {
			0x2e, 0x57, 0xb5, 0xa0, 0x20, 0x7e, 0xec, 0x99,
			0xc2, 0x3b, 0x21, 0xe7, 0x1e, 0xb2, 0xa5, 0xe3,
			0x10, 0xc9, 0xc7, 0x84, 0xe9, 0x63, 0xe8, 0x21,
			0x51, 0xeb, 0x54, 0x18, 0x77, 0x81, 0xe1, 0xc0,
		},
		.y = {
			0xe3, 0xae, 0x96, 0xe1, 0xe3, 0xaf, 0xf7, 0xff,
			0xea, 0xcc, 0x38, 0x20, 0x57, 0xeb, 0x91, 0xf6,
			0x1b, 0xc2, 0x8f, 0x6f, 0x58, 0x9f, 0xed, 0xdc,
			0xd7, 0xc9, 0xd1, 0x9c, 0x29, 0x40, 0xb2, 0xc3,
		},
		.sign = sign,
	};
	static const uint8_t policy[SHA256_LEN] = "a policy";
	uint32_t handle = INDEX_HANDLE_FIRST;
	struct buffer object = BUFFER_NONE;
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct tpm_name srk, index;
	struct tpm *t;

	answers = reader_new(data, n);
	if (tpm_open("swtpm:", &err, &t) < 0 || secret_new(32, &key) < 0)
		abort();
	tpm_srk_ensure(t, &err, &srk, NULL);
	if (index_create(t, &authority, &err, &handle) == 0 &&
	    (handle < INDEX_HANDLE_FIRST || handle > INDEX_HANDLE_LAST))
		abort();
	index_write(t, handle, &authority, policy, &err);
	if (index_found(t, handle, &err, &index) == 0 && tpm_seal(t, &key, &index, &err, &object) == 0 &&
	    object.len == 0)
		abort();
	index_resembles(t, handle);
	index_remove(t, handle, &err);
	tpm_close(t);
	buffer_free(&object);
	secret_free(&key);
	return 0;
}
