/* Policies and branches without a TPM; tests/swtpm/test_policy_tpm.c compares with one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "seal/policy.h"
#include "../sample_pcrs.h"

static uint8_t pcrs[PCR_COUNT][SHA256_LEN];

static int setup(void **state)
{
	for (size_t i = 0; i < PCR_COUNT; i++)
		memset(pcrs[i], i + 1, SHA256_LEN);
	memset(pcrs[WINDOW_PCR], 0, SHA256_LEN);
	return 0;
}

static void branches(struct branch *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pcrs[9][0] = i;
		assert_int_equal(branch_from_pcrs(i, SAMPLE_PCRS, pcrs, &b[i]), 0);
	}
}

static void assert_hex(const uint8_t digest[static SHA256_LEN], const char *expected)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(digest, SHA256_LEN, hex);
	assert_string_equal(hex, expected);
}

/*
 * Values from tpm2-tools 5.4 on swtpm: `tpm2_policypcr -l sha256:7 -f` a file of 32 bytes 0x08, then
 * `tpm2_policyor` over that twice.
 */
static void test_known_values(void **state)
{
	uint8_t composite[SHA256_LEN], digest[SHA256_LEN];
	struct branch b = { .id = 1 };

	assert_int_equal(policy_composite(1u << 7, pcrs, composite), 0);
	assert_int_equal(policy_pcr(1u << 7, composite, digest), 0);
	assert_hex(digest, "94be41855ba0f8baf7125d9c0c6570474d8e92e81a147c019dd6587ae08366fe");
	memcpy(b.composite, composite, SHA256_LEN);
	assert_int_equal(policy_root(1u << 7, &b, 1, digest), 0);
	assert_hex(digest, "b2e2d331c9dd1fa43db7af79ca2301386d8f7cde144ae63fbf44f704c6895c45");
}

/*
 * The same, and behind it `tpm2_policycountertimer --ule resets=3` and
 * `tpm2_policycommandcode TPM2_CC_ActivateCredential`.
 */
static void test_known_values_of_later_steps(void **state)
{
	uint8_t composite[SHA256_LEN], digest[SHA256_LEN];
	struct branch b = { .id = 1 };

	assert_int_equal(policy_composite(1u << 7, pcrs, composite), 0);
	memcpy(b.composite, composite, SHA256_LEN);
	assert_int_equal(policy_root(1u << 7, &b, 1, digest), 0);
	assert_int_equal(policy_counter_timer(digest, 3, digest), 0);
	assert_hex(digest, "3286a5b1d6edeb3b0b743036ce8ffa1b1fe81eb88ae72f7b3bc416fa90d2c16f");
	assert_int_equal(policy_activate(digest, digest), 0);
	assert_hex(digest, "4263355648f72f84f256d4c6a7e4cc6a17b8a07fb04d5d50830c198f0507d8ae");
	/* every byte of the number counts */
	assert_int_equal(policy_counter_timer((const uint8_t[SHA256_LEN]){ 1 }, 0x01020304, digest), 0);
	assert_hex(digest, "1d0e99d4b0c5869555432b6297eb775033142aa8580ab4b5b1a94496c6287c8f");
}

/* PolicyAuthorizeNV on 000b0707..07, then PolicyAuthValue: by hand, from Part 3. */
static void test_known_value_with_an_auth_value(void **state)
{
	struct tpm_name index = { .bytes = { 0, 0x0b } };
	uint8_t digest[SHA256_LEN];

	memset(index.bytes + 2, 7, SHA256_LEN);
	assert_int_equal(policy_authorize_nv(&index, digest), 0);
	assert_int_equal(policy_auth_value(digest, digest), 0);
	assert_hex(digest, "cc725cabdb2c5660276a36f8e82e14c7049203656d4acc6df5ac509723b4a20f");
}

static void test_composite_is_in_ascending_order(void **state)
{
	uint8_t expected[SHA256_LEN], composite[SHA256_LEN];

	assert_int_equal(hash_sha256_two(pcrs[4], SHA256_LEN, pcrs[9], SHA256_LEN, expected), 0);
	assert_int_equal(policy_composite(1u << 9 | 1u << 4, pcrs, composite), 0);
	assert_memory_equal(composite, expected, SHA256_LEN);
}

static void test_branch_takes_pcr_15_as_zero(void **state)
{
	struct branch with, without, unasked;

	assert_int_equal(branch_from_pcrs(7, SAMPLE_PCRS, pcrs, &without), 0);
	memset(pcrs[WINDOW_PCR], 0xff, SHA256_LEN);
	assert_int_equal(branch_from_pcrs(7, SAMPLE_PCRS, pcrs, &with), 0);
	assert_memory_equal(&with, &without, sizeof(with));
	assert_int_equal(branch_from_pcrs(7, SAMPLE_PCRS & ~(1u << WINDOW_PCR), pcrs, &unasked), 0);
	assert_memory_equal(&unasked, &without, sizeof(with));
	assert_int_equal(with.id, 7);
	assert_memory_equal(with.prefix[4], "\5\5\5\5", 4);
	assert_memory_equal(with.prefix[5], "\0\0\0\0", 4);
	assert_memory_equal(with.prefix[WINDOW_PCR], "\0\0\0\0", 4);
}

static void test_find(void **state)
{
	struct branch b[4];

	branches(b, 4);
	assert_int_equal(branch_find(b, 4, b[2].composite), 2);
	assert_int_equal(branch_find(b, 2, b[2].composite), 2);
	assert_int_equal(branch_find(b, 0, b[2].composite), 0);
}

static void test_nearest(void **state)
{
	struct branch b[3];
	uint32_t differing = 77;

	branches(b, 3);
	pcrs[9][0] = 1;
	assert_int_equal(branch_nearest(b, 3, SAMPLE_PCRS, pcrs, &differing), 1);
	assert_int_equal(differing, 0);
	pcrs[4][0] ^= 1;
	assert_int_equal(branch_nearest(b, 3, SAMPLE_PCRS, pcrs, &differing), 1);
	assert_int_equal(differing, 1u << 4);
	/* the window's whole value counts, not a prefix */
	pcrs[WINDOW_PCR][31] = 1;
	assert_int_equal(branch_nearest(b, 3, SAMPLE_PCRS, pcrs, &differing), 1);
	assert_int_equal(differing, 1u << 4 | 1u << WINDOW_PCR);
	/* a PCR that is not selected does not */
	pcrs[5][0] ^= 1;
	assert_int_equal(branch_nearest(b, 3, SAMPLE_PCRS, pcrs, &differing), 1);
	assert_int_equal(differing, 1u << 4 | 1u << WINDOW_PCR);
	assert_int_equal(branch_nearest(b, 0, SAMPLE_PCRS, pcrs, &differing), 0);
	assert_int_equal(differing, 0);
}

static void test_path_shapes(void **state)
{
	struct branch b[BRANCH_MAX + 1];
	struct policy_path p;
	uint8_t root[SHA256_LEN];

	branches(b, BRANCH_MAX + 1);
	assert_int_equal(policy_path(SAMPLE_PCRS, b, 0, 0, &p), -EINVAL);
	assert_int_equal(policy_path(SAMPLE_PCRS, b, 2, 2, &p), -EINVAL);
	assert_int_equal(policy_path(SAMPLE_PCRS, b, BRANCH_MAX + 1, 0, &p), -EINVAL);
	assert_int_equal(policy_root(SAMPLE_PCRS, b, 0, root), -EINVAL);
	assert_int_equal(policy_root(SAMPLE_PCRS, b, BRANCH_MAX + 1, root), -EINVAL);

	assert_int_equal(policy_path(SAMPLE_PCRS, b, 1, 0, &p), 0);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.step[0].n, 2);
	assert_memory_equal(p.step[0].digest[0], p.step[0].digest[1], SHA256_LEN);

	assert_int_equal(policy_path(SAMPLE_PCRS, b, 9, 8, &p), 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.step[0].n, 2); /* a lone one in the second group */
	assert_int_equal(p.step[1].n, 2);

	assert_int_equal(policy_path(SAMPLE_PCRS, b, 32, 31, &p), 0);
	assert_int_equal(p.step[0].n, 8);
	assert_int_equal(p.step[1].n, 4);
}

/* Every branch, its place and the selection are part of the root. */
static void test_root_depends_on_everything(void **state)
{
	struct branch b[10];
	uint8_t root[SHA256_LEN], other[SHA256_LEN];

	branches(b, 10);
	assert_int_equal(policy_root(SAMPLE_PCRS, b, 10, root), 0);
	for (size_t i = 0; i < 10; i++) {
		b[i].composite[31] ^= 1;
		assert_int_equal(policy_root(SAMPLE_PCRS, b, 10, other), 0);
		assert_memory_not_equal(root, other, SHA256_LEN);
		b[i].composite[31] ^= 1;
	}
	assert_int_equal(policy_root((PCR(4) | PCR(11) | PCR(WINDOW_PCR)), b, 10, other), 0);
	assert_memory_not_equal(root, other, SHA256_LEN);
	assert_int_equal(policy_root(SAMPLE_PCRS, b, 9, other), 0);
	assert_memory_not_equal(root, other, SHA256_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_known_values, setup),
		cmocka_unit_test_setup(test_known_values_of_later_steps, setup),
		cmocka_unit_test_setup(test_known_value_with_an_auth_value, setup),
		cmocka_unit_test_setup(test_composite_is_in_ascending_order, setup),
		cmocka_unit_test_setup(test_branch_takes_pcr_15_as_zero, setup),
		cmocka_unit_test_setup(test_find, setup),
		cmocka_unit_test_setup(test_nearest, setup),
		cmocka_unit_test_setup(test_path_shapes, setup),
		cmocka_unit_test_setup(test_root_depends_on_everything, setup),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
