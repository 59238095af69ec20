/* The policy index. */
#include "esys.h"

#include "seal/tpm_index.h"
#include "seal/tpm_index_write.h"
#include "seal/tpm_name.h"
#include "seal/tpm_srk.h"

static struct fixture f;

static int setup(void **state)
{
	return fixture_setup(&f, 1, 0);
}

static int teardown(void **state)
{
	fixture_teardown(&f);
	return 0;
}

static void test_holds_what_was_written(void **state)
{
	uint8_t policy[SHA256_LEN], back[SHA256_LEN];

	for (int i = 0; i < 3; i++) {
		memset(policy, i, sizeof(policy));
		check_ok(index_write(f.t, f.handle, &f.authority, policy, &err));
		check_ok(index_read(f.t, f.handle, &f.index, &err, back));
		assert_memory_equal(policy, back, sizeof(back));
	}
	swtpm_reboot(&f.swtpm);
	check_ok(index_read(f.t, f.handle, &f.index, &err, back));
	assert_memory_equal(policy, back, sizeof(back));
	fixture_clean(&f, 0);
}

static void test_create_again_finds_it(void **state)
{
	uint8_t before[SHA256_LEN], after[SHA256_LEN];
	uint32_t handle = 0;

	assert_int_equal(f.handle, INDEX_HANDLE_FIRST);
	check_ok(index_read(f.t, f.handle, &f.index, &err, before));
	check_ok(index_create(f.t, &f.authority, &err, &handle));
	assert_int_equal(handle, f.handle);
	check_ok(index_read(f.t, f.handle, &f.index, &err, after));
	assert_memory_equal(before, after, sizeof(after));
}

static void test_never_written(void **state)
{
	struct tpm_name found, before;
	uint8_t policy[SHA256_LEN];
	uint32_t handle;

	check_ok(index_remove(f.t, f.handle, &err));
	check_fails(index_read(f.t, f.handle, &f.index, &err, policy), -ENOENT);
	check_fails(index_found(f.t, f.handle, &err, &found), -ENOENT);
	check_ok(index_create(f.t, &f.authority, &err, &handle));
	assert_int_equal(handle, f.handle);
	check_fails(index_read(f.t, f.handle, &f.index, &err, policy), -ENODATA);
	assert_int_equal(index_name(handle, &f.authority, false, &before), 0);
	check_fails(index_read(f.t, f.handle, &before, &err, policy), -ENODATA);
}

static void test_remove(void **state)
{
	struct tpm_name found;

	check_ok(index_remove(f.t, f.handle, &err));
	check_ok(index_remove(f.t, f.handle, &err));
	check_fails(index_found(f.t, f.handle, &err, &found), -ENOENT);
	check_fails(index_remove(f.t, INDEX_HANDLE_FIRST - 1, &err), -EINVAL);
	check_fails(index_remove(f.t, SRK_HANDLE, &err), -EINVAL);
}

/* Other people's indices stay what they are: ours goes beside them, until there is no place left. */
static void test_takes_the_first_free_handle(void **state)
{
	struct tpm_name other[INDEX_HANDLE_LAST - INDEX_HANDLE_FIRST + 1], found;
	uint32_t handle;

	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++) {
		struct p256 *key;
		struct authority a;

		fixture_authority(&key, &a);
		if (h == INDEX_HANDLE_FIRST) {
			check_fails(index_read(f.t, h, &(struct tpm_name){ .bytes = { 1 } }, &err,
					       other[0].bytes),
				    -EKEYREJECTED);
		} else {
			check_ok(index_create(f.t, &a, &err, &handle));
			assert_int_equal(handle, h);
		}
		check_ok(index_found(f.t, h, &err, &other[h - INDEX_HANDLE_FIRST]));
		p256_free(key);
	}
	{
		struct p256 *key;
		struct authority a;

		fixture_authority(&key, &a);
		check_fails(index_create(f.t, &a, &err, &handle), -ENOSPC);
		p256_free(key);
	}
	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++) {
		check_ok(index_found(f.t, h, &err, &found));
		assert_memory_equal(&found, &other[h - INDEX_HANDLE_FIRST], sizeof(found));
	}
	check_ok(index_create(f.t, &f.authority, &err, &handle));
	assert_int_equal(handle, f.handle);
}

/* Neither the owner nor the index's empty password can write, whatever they try. */
static void test_only_the_authority_writes(void **state)
{
	TPM2B_MAX_NV_BUFFER data = { .size = 34, .buffer = { 0, TPM2_ALG_SHA256, 0xff } };
	uint8_t before[SHA256_LEN], after[SHA256_LEN];
	struct esys s;
	ESYS_TR index, session;
	TPM2B_AUTH auth = { .size = 1, .buffer = { 'x' } };

	check_ok(index_read(f.t, f.handle, &f.index, &err, before));
	esys_open(&f.swtpm, &s);
	index = esys_find(&s, f.handle);
	assert_int_equal(Esys_NV_Write(s.e, ESYS_TR_RH_OWNER, index, PASSWORD, &data, 0),
			 TPM2_RC_NV_AUTHORIZATION);
	assert_int_equal(rc_base(Esys_NV_Write(s.e, index, index, PASSWORD, &data, 0)),
			 TPM2_RC_AUTH_UNAVAILABLE);
	assert_int_equal(Esys_NV_Write(s.e, ESYS_TR_RH_PLATFORM, index, PASSWORD, &data, 0),
			 TPM2_RC_NV_AUTHORIZATION);
	session = esys_session(&s, TPM2_SE_POLICY);
	assert_int_equal(
		rc_base(Esys_NV_Write(s.e, index, index, session, ESYS_TR_NONE, ESYS_TR_NONE, &data, 0)),
		TPM2_RC_POLICY_FAIL);
	assert_int_equal(rc_base(Esys_NV_ChangeAuth(s.e, index, session, ESYS_TR_NONE, ESYS_TR_NONE, &auth)),
			 TPM2_RC_POLICY_FAIL);
	assert_int_not_equal(Esys_NV_Increment(s.e, index, index, PASSWORD), TSS2_RC_SUCCESS);
	assert_int_not_equal(Esys_NV_WriteLock(s.e, index, index, PASSWORD), TSS2_RC_SUCCESS);
	good(Esys_FlushContext(s.e, session));
	esys_close(&s);
	check_ok(index_read(f.t, f.handle, &f.index, &err, after));
	assert_memory_equal(before, after, sizeof(after));
}

static int cannot_sign(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		       uint8_t ret_s[static 32])
{
	return -EIO;
}

static void test_signing_fails(void **state)
{
	struct authority a = f.authority;

	a.sign = cannot_sign;
	check_fails(index_write(f.t, f.handle, &a, (const uint8_t[SHA256_LEN]){ 1 }, &err), -EIO);
	fixture_clean(&f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_holds_what_was_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_create_again_finds_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
		cmocka_unit_test_setup_teardown(test_takes_the_first_free_handle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_authority_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signing_fails, setup, teardown),
	};

	return cmocka_run_group_tests_name("policy index", tests, NULL, NULL);
}
