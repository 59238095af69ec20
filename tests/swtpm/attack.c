#include "attack.h"

struct fixture f;

int setup(void **state)
{
	return fixture_setup(&f, 2, 0);
}

int teardown(void **state)
{
	fixture_teardown(&f);
	return 0;
}

void refuses(const struct unseal_request *q, int expected)
{
	struct secret key = SECRET_NONE;

	check_fails(tpm_unseal(f.t, q, &err, &key), expected);
	assert_null(key.bytes);
	fixture_clean(&f, 0);
}

void load(struct esys *s, const struct buffer *object, ESYS_TR *ret)
{
	TPM2B_PUBLIC public = { .size = 0 };
	TPM2B_PRIVATE private = { .size = 0 };
	size_t at = 0;

	good(Tss2_MU_TPM2B_PUBLIC_Unmarshal(object->data, object->len, &at, &public));
	good(Tss2_MU_TPM2B_PRIVATE_Unmarshal(object->data, object->len, &at, &private));
	good(Esys_Load(s->e, esys_find(s, SRK_HANDLE), PASSWORD, &private, &public, ret));
}

TSS2_RC unseal_by_hand(size_t which)
{
	TPM2B_SENSITIVE_DATA *data = NULL;
	struct policy_path path;
	struct esys s;
	ESYS_TR object, index, session;
	TSS2_RC rc;

	assert_int_equal(policy_path(SAMPLE_PCRS, f.branch, f.branch_count, which, &path), 0);
	esys_open(&f.swtpm, &s);
	load(&s, &f.object, &object);
	index = esys_find(&s, f.handle);
	session = esys_session(&s, TPM2_SE_POLICY);
	esys_policy_pcr(&s, session);
	for (size_t i = 0; i < path.n; i++)
		esys_policy_or(&s, session, &path.step[i]);
	Esys_PolicyAuthorizeNV(s.e, index, index, session, PASSWORD);
	rc = Esys_Unseal(s.e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data);
	if (rc == TSS2_RC_SUCCESS)
		assert_memory_equal(data->buffer, TEST_KEY, data->size);
	Esys_Free(data);
	Esys_FlushContext(s.e, session);
	good(Esys_FlushContext(s.e, object));
	esys_close(&s);
	return rc_base(rc);
}
