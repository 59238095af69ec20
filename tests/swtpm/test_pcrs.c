/* Reading PCRs, and what a TPM must be able to do. */
#include "fixture.h"
#include "wire.h"

static struct fixture f;

static int setup(void **state)
{
	wire_reset();
	return fixture_setup(&f, 1, 0);
}

static int teardown(void **state)
{
	wire_reset();
	fixture_teardown(&f);
	return 0;
}

static unsigned int changes_left;

static void test_reads_all_pcrs(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	wire_reset();
	check_ok(tpm_pcrs(f.t, 0xffffff, &err, pcrs));
	assert_int_equal(wire.count, 3);
	for (unsigned int i = 0; i < 16; i++)
		assert_memory_equal(pcrs[i], f.pcrs[i], SHA256_LEN);
	/* PCRs 17 to 22 are all ones until a dynamic launch: they were really read */
	assert_int_equal(pcrs[17][0], 0xff);
}

static uint32_t extend_between_reads(uint32_t code, unsigned int nth)
{
	if (code == TPM2_CC_PCR_Read && changes_left > 0 && changes_left--)
		swtpm_extend(&f.swtpm, 4, (const uint8_t[SHA256_LEN]){ 1 });
	return 0;
}

static void test_pcrs_are_of_one_moment(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	wire_reset();
	wire.before = extend_between_reads;
	changes_left = 3;
	check_ok(tpm_pcrs(f.t, 0xffffff, &err, pcrs));
	assert_int_equal(changes_left, 0);
	assert_true(wire.count > 3);
	changes_left = 1000;
	check_fails(tpm_pcrs(f.t, 0xffffff, &err, pcrs), -EAGAIN);
}

static uint32_t lacks_authorize_nv(uint32_t code, unsigned int nth)
{
	return code == TPM2_CC_GetCapability && nth == 0 ? TPM2_RC_COMMAND_CODE : 0;
}

static void list_another_command(uint32_t code, uint8_t *answer, size_t n)
{
	if (code == TPM2_CC_GetCapability)
		answer[n - 1]++;
}

static void test_requires_policy_authorize_nv(void **state)
{
	check_ok(tpm_require(f.t, &err));
	wire_reset();
	wire.after = list_another_command;
	check_fails(tpm_require(f.t, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "PolicyAuthorizeNV"));
	wire_reset();
	wire.before = lacks_authorize_nv;
	check_fails(tpm_require(f.t, &err), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_all_pcrs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcrs_are_of_one_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requires_policy_authorize_nv, setup, teardown),
	};

	return cmocka_run_group_tests_name("PCRs", tests, NULL, NULL);
}
