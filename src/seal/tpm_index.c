#include "seal/tpm_index.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_lookup.h"
#include "seal/tpm_name.h"

static int look(struct tpm *t, uint32_t handle, struct error *err)
{
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	tpm_forget(t, &t->index);
	t->index_handle = handle;
	return tpm_lookup(t, handle, err, &t->index, &t->index_name);
}

int tpm_index_want(struct tpm *t, uint32_t handle, const struct tpm_name *expected, struct error *err)
{
	int r;

	if (t->index == ESYS_TR_NONE || t->index_handle != handle) {
		r = look(t, handle, err);
		if (r == -ENOENT)
			return error_set(err, r, "TPM: the policy index 0x%08x was deleted", handle);
		if (r < 0)
			return r;
	}
	if (!tpm_name_equal(&t->index_name, expected))
		return error_set(err, -EKEYREJECTED,
				 "TPM: the policy index 0x%08x is not the enrolled one", handle);
	return 0;
}

int index_found(struct tpm *t, uint32_t handle, struct error *err, struct tpm_name *ret)
{
	int r = look(t, handle, err);

	if (r == -ENOENT)
		return error_set(err, r, "TPM: there is no NV index 0x%08x", handle);
	if (r == 0)
		*ret = t->index_name;
	return r;
}

bool index_resembles(struct tpm *t, uint32_t handle)
{
	const struct authority anyone = { .key = NULL };
	TPM2B_NV_PUBLIC *p = NULL, like;
	TSS2_RC rc;
	bool yes;

	if (tpm_index_public(handle, &anyone, &like) < 0 || look(t, handle, NULL) < 0)
		return false;
	TPM_TRY(t, rc, Esys_NV_ReadPublic(t->esys, t->index, NO_SESSION, &p, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return false;
	yes = (p->nvPublic.attributes & ~(TPMA_NV)TPMA_NV_WRITTEN) == like.nvPublic.attributes &&
	      p->nvPublic.dataSize == like.nvPublic.dataSize &&
	      p->nvPublic.authPolicy.size == like.nvPublic.authPolicy.size;
	Esys_Free(p);
	return yes;
}

/* Would it have this Name, had it been written? */
static bool unwritten(struct tpm *t, const struct tpm_name *name)
{
	TPM2B_NV_PUBLIC *p = NULL;
	struct tpm_name found;
	TSS2_RC rc;
	bool yes;

	TPM_TRY(t, rc, Esys_NV_ReadPublic(t->esys, t->index, NO_SESSION, &p, NULL));
	if (rc != TSS2_RC_SUCCESS)
		return false;
	p->nvPublic.attributes |= TPMA_NV_WRITTEN;
	yes = tpm_nv_name(&p->nvPublic, &found) == 0 && tpm_name_equal(&found, name);
	Esys_Free(p);
	return yes;
}

int index_read(struct tpm *t, uint32_t handle, const struct tpm_name *name, struct error *err,
	       uint8_t ret_policy[static SHA256_LEN])
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	tpm_forget(t, &t->index);
	r = tpm_index_want(t, handle, name, err);
	if (r == -EKEYREJECTED && unwritten(t, name))
		r = error_set(err, -ENODATA, "TPM: the policy index 0x%08x was never written", handle);
	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_NV_Read(t->esys, t->index, t->index, BY_PASSWORD, INDEX_DATA_LEN, 0, &data));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "NV_Read", err);
	if (data->size == INDEX_DATA_LEN && data->buffer[0] == TPM2_ALG_SHA256 >> 8 &&
	    data->buffer[1] == (TPM2_ALG_SHA256 & 0xff))
		memcpy(ret_policy, data->buffer + 2, SHA256_LEN);
	else
		r = error_set(err, -EIO, "TPM: NV_Read: the policy index 0x%08x holds no SHA-256 policy",
			      handle);
	Esys_Free(data);
	return r;
}

static int define(struct tpm *t, uint32_t handle, const struct authority *a, struct error *err)
{
	const TPM2B_AUTH no_auth = { .size = 0 };
	ESYS_TR tr = ESYS_TR_NONE;
	TPM2B_NV_PUBLIC p;
	TSS2_RC rc;
	int r;

	r = tpm_index_public(handle, a, &p);
	if (r < 0)
		return r;
	tpm_forget(t, &t->index);
	TPM_TRY(t, rc, Esys_NV_DefineSpace(t->esys, ESYS_TR_RH_OWNER, BY_PASSWORD, &no_auth, &p, &tr));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_owner_error(rc, "NV_DefineSpace", err);
	tpm_forget(t, &tr);
	return 0;
}

static int is_ours(uint32_t handle, const struct authority *a, const struct tpm_name *found, bool *ret)
{
	struct tpm_name before, after;
	int r = index_name(handle, a, false, &before);

	if (r == 0)
		r = index_name(handle, a, true, &after);
	if (r == 0)
		*ret = tpm_name_equal(found, &before) || tpm_name_equal(found, &after);
	return r;
}

int index_create(struct tpm *t, const struct authority *a, struct error *err, uint32_t *ret_handle)
{
	uint32_t first_free = 0;
	int r;

	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++) {
		struct tpm_name found;
		bool ours = false;

		r = look(t, h, err);
		if (r == -ENOENT) {
			first_free = first_free ? first_free : h;
			continue;
		}
		if (r == -EOPNOTSUPP) /* somebody else's, with another hash */
			continue;
		if (r < 0)
			return r;
		found = t->index_name;
		r = is_ours(h, a, &found, &ours);
		if (r < 0)
			return r;
		if (ours) {
			*ret_handle = h;
			return 0;
		}
	}
	if (!first_free)
		return error_set(err, -ENOSPC,
				 "TPM: NV indices 0x%08x to 0x%08x are in use by others; 'tpm2_nvundefine "
				 "HANDLE' removes one",
				 INDEX_HANDLE_FIRST, INDEX_HANDLE_LAST);
	r = define(t, first_free, a, err);
	if (r < 0)
		return r;
	log_step("TPM: made the policy index 0x%08x", first_free);
	*ret_handle = first_free;
	return 0;
}

int index_remove(struct tpm *t, uint32_t handle, struct error *err)
{
	TSS2_RC rc;
	int r;

	if (handle < INDEX_HANDLE_FIRST || handle > INDEX_HANDLE_LAST)
		return error_set(err, -EINVAL, "TPM: NV index 0x%08x does not belong to bootseal", handle);
	r = look(t, handle, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	TPM_TRY(t, rc, Esys_NV_UndefineSpace(t->esys, ESYS_TR_RH_OWNER, t->index, BY_PASSWORD));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "NV_UndefineSpace", err);
	t->index = ESYS_TR_NONE; /* ESYS closed it */
	log_step("TPM: removed the policy index 0x%08x", handle);
	return 0;
}
