#include <stdint.h>

#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_unseal.h"
#include "seal/tpm_window.h"
#include "tpm_answers.h"
#include "../sample_pcrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Everything that the unlock program and reseal's first steps ask. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct branch b = { .id = 1 };
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], policy[SHA256_LEN];
	struct unseal_request q = {
		.index_handle = INDEX_HANDLE_FIRST,
		.mask = SAMPLE_PCRS,
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
	tpm_pcrs(t, SAMPLE_PCRS, &err, pcrs);
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
