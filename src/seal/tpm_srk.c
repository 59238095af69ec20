#include "seal/tpm_srk.h"

#include <errno.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_lookup.h"

int tpm_srk_want(struct tpm *t, const struct tpm_name *expected, struct error *err)
{
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	if (t->srk == ESYS_TR_NONE) {
		r = tpm_lookup(t, SRK_HANDLE, err, &t->srk, &t->srk_name);
		if (r == -ENOENT)
			return error_set(err, r, "TPM: there is no storage root key at 0x%08x", SRK_HANDLE);
		if (r < 0)
			return r;
	}
	if (expected && !tpm_name_equal(&t->srk_name, expected))
		return error_set(err, -EKEYREJECTED,
				 "TPM: the storage root key is not the enrolled one (0x%08x): another TPM, "
				 "or a cleared one",
				 SRK_HANDLE);
	return 0;
}

int tpm_srk(struct tpm *t, struct error *err, struct tpm_name *ret_name)
{
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	tpm_forget(t, &t->srk);
	r = tpm_srk_want(t, NULL, err);
	if (r == 0)
		*ret_name = t->srk_name;
	return r;
}
