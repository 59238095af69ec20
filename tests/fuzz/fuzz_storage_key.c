#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "seal/tpm_deploy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The file with a storage root key's public area; what is taken for one can be sealed to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct branch b = { .id = 1 };
	struct first_boot_sealed s;
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct storage_key k;
	struct deploy_request q = { .srk = &k,
				    .key = &key,
				    .mask = PCR(4) | PCR(WINDOW_PCR),
				    .resets = 3,
				    .branches = &b,
				    .branch_count = 1 };
	int r = storage_key_parse(data, n, &err, &k);

	if (r < 0) {
		if ((r != -EBADMSG && r != -EOPNOTSUPP) || !err.text[0])
			abort();
		return 0;
	}
	if (secret_new(32, &key) < 0)
		abort();
	r = tpm_deploy(&q, &err, &s);
	/* any number of 2048 bits is a modulus as far as one can see, but not any point is on the curve */
	if (r < 0 && (r != -EBADMSG || k.is_rsa))
		abort();
	if (r == 0 && (s.object_len != (k.is_rsa ? 328 : 140)))
		abort();
	secret_free(&key);
	return 0;
}
