#include "fixture.h"

#include "seal/tpm_srk_ensure.h"

struct error err; /* of the call that was made last */

static int fixture_sign(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
			       uint8_t ret_s[static 32])
{
	return p256_sign(key, digest, ret_r, ret_s);
}

void fixture_authority(struct p256 **ret_key, struct authority *ret)
{
	check_ok(p256_generate(&err, ret_key));
	*ret = (struct authority){ .sign = fixture_sign, .key = *ret_key };
	assert_int_equal(p256_public(*ret_key, ret->x, ret->y), 0);
}

void fixture_branches(struct fixture *f, size_t n, size_t mine)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	check_ok(tpm_pcrs(f->t, SAMPLE_PCRS, &err, f->pcrs));
	f->branch_count = n;
	for (size_t i = 0; i < n; i++) {
		memcpy(pcrs, f->pcrs, sizeof(pcrs));
		if (i != mine) {
			memset(pcrs[9], 0xa5, SHA256_LEN);
			pcrs[9][0] = i;
		}
		assert_int_equal(branch_from_pcrs(100 + i, SAMPLE_PCRS, pcrs, &f->branch[i]), 0);
	}
}

void fixture_policy(struct fixture *f)
{
	uint8_t root[SHA256_LEN];

	assert_int_equal(policy_root(SAMPLE_PCRS, f->branch, f->branch_count, root), 0);
	check_ok(index_write(f->t, f->handle, &f->authority, root, &err));
}

void fixture_seal(struct fixture *f)
{
	struct secret key = SECRET_NONE;

	assert_int_equal(secret_new(sizeof(TEST_KEY) - 1, &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	buffer_free(&f->object);
	check_ok(tpm_seal(f->t, &key, &f->index, &err, &f->object));
	secret_free(&key);
}

struct unseal_request fixture_request(const struct fixture *f, size_t which)
{
	return (struct unseal_request){
		.object = f->object.data,
		.object_len = f->object.len,
		.srk = f->srk,
		.index = f->index,
		.index_handle = f->handle,
		.mask = SAMPLE_PCRS,
		.branches = f->branch,
		.branch_count = f->branch_count,
		.which = which,
	};
}

void fixture_reopen(struct fixture *f)
{
	tpm_close(f->t);
	f->t = NULL;
	check_ok(tpm_open(f->swtpm.tcti, &err, &f->t));
}

void fixture_clean(const struct fixture *f, unsigned int sessions)
{
	assert_int_equal(swtpm_handles(&f->swtpm, 0x80), 0);
	assert_int_equal(swtpm_handles(&f->swtpm, 0x02), sessions);
	assert_int_equal(swtpm_handles(&f->swtpm, 0x03), 0);
}

void fixture_boot(const struct fixture *f)
{
	static const uint8_t pcrs[] = { 4, 7, 8, 9, 14 };
	uint8_t digest[SHA256_LEN];

	for (size_t i = 0; i < sizeof(pcrs); i++) {
		memset(digest, pcrs[i], sizeof(digest));
		swtpm_extend(&f->swtpm, pcrs[i], digest);
	}
}

int fixture_setup(struct fixture *f, size_t n, size_t mine)
{
	swtpm_start(&f->swtpm);
	fixture_boot(f);
	check_ok(tpm_open(f->swtpm.tcti, &err, &f->t));
	fixture_authority(&f->key, &f->authority);
	check_ok(tpm_srk_ensure(f->t, &err, &f->srk, NULL));
	check_ok(index_create(f->t, &f->authority, &err, &f->handle));
	assert_int_equal(index_name(f->handle, &f->authority, true, &f->index), 0);
	fixture_branches(f, n, mine);
	fixture_policy(f);
	fixture_seal(f);
	return 0;
}

void fixture_teardown(struct fixture *f)
{
	tpm_close(f->t);
	p256_free(f->key);
	buffer_free(&f->object);
	swtpm_stop(&f->swtpm);
	*f = (struct fixture){ .t = NULL };
}

void fixture_unseals(struct fixture *f, size_t which)
{
	struct unseal_request q = fixture_request(f, which);
	struct secret key = SECRET_NONE;

	check_ok(tpm_unseal(f->t, &q, &err, &key));
	assert_int_equal(key.len, sizeof(TEST_KEY) - 1);
	assert_memory_equal(key.bytes, TEST_KEY, key.len);
	secret_free(&key);
}
