#include "seal/tpm_srk.h"

#include <errno.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_lookup.h"
#include "seal/tpm_srk_primary.h"

/* The persistent one comes first: it may have been made meanwhile. */
static int find(struct tpm *t, struct error *err)
{
	int r = tpm_lookup(t, SRK_HANDLE, err, &t->srk, &t->srk_name);

	if (r == -ENOENT && t->srk_template != SRK_PERSISTENT) {
		r = tpm_primary_create(t, t->srk_template, err, &t->srk);
		if (r == 0)
			r = tpm_name_found(t, t->srk, SRK_HANDLE, err, &t->srk_name);
		if (r < 0)
			tpm_flush(t, &t->srk);
		return r;
	}
	t->srk_template = SRK_PERSISTENT;
	if (r == -ENOENT)
		error_set(err, r, "TPM: there is no storage root key at 0x%08x", SRK_HANDLE);
	return r;
}

int tpm_srk_want(struct tpm *t, const struct tpm_name *expected, struct error *err)
{
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	if (t->srk == ESYS_TR_NONE)
		r = find(t, err);
	if (r < 0)
		return r;
	if (expected && !tpm_name_equal(&t->srk_name, expected))
		return error_set(err, -EKEYREJECTED,
				 "TPM: the storage root key is not the enrolled one (0x%08x): another TPM, "
				 "or a cleared one",
				 SRK_HANDLE);
	return 0;
}

void tpm_srk_drop(struct tpm *t)
{
	if (t->srk_template != SRK_PERSISTENT)
		tpm_flush(t, &t->srk);
	tpm_forget(t, &t->srk);
	t->srk_template = SRK_PERSISTENT;
}

int tpm_srk(struct tpm *t, struct error *err, struct tpm_name *ret_name)
{
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	tpm_srk_drop(t);
	r = tpm_srk_want(t, NULL, err);
	if (r == 0)
		*ret_name = t->srk_name;
	return r;
}

int tpm_srk_or_primary(struct tpm *t, const struct tpm_name *expected, bool is_rsa, struct error *err)
{
	static const enum srk_template templates[2][2] = { { SRK_ECC, SRK_ECC_EMPTY },
							   { SRK_RSA, SRK_RSA_EMPTY } };
	struct error none = ERROR_NONE;
	int r = tpm_srk_want(t, expected, &none);

	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "%s", none.text);
	if (r == 0)
		return 0;
	for (int i = 0; i < 2; i++) {
		t->srk_template = templates[is_rsa][i];
		r = tpm_srk_want(t, expected, &none);
		if (r == 0)
			return 0;
		tpm_srk_drop(t);
		if (r != -EKEYREJECTED)
			break;
	}
	return error_set(err, r, "%s", none.text);
}
