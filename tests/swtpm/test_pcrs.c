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

static size_t cut_by, change_at;
static uint8_t change_to;

static void damage(uint32_t code, uint8_t *answer, size_t n)
{
	if (code != TPM2_CC_PCR_Read)
		return;
	assert_int_equal(n, 62);
	wire.cut = cut_by;
	if (change_at)
		answer[change_at] = change_to;
}

/*
 * Part 3, TPM2_PCR_Read: header 10, update counter 4, count of selections 4 (14), hash 2, size of the bitmap
 * (20) and bitmap 3, count of digests 4 (24), length 2 (28), digest. What is counted but not there must not
 * be read from behind the end, where earlier answers have left the digest of an open window, or of a closed
 * one.
 */
static void test_answers_that_are_shorter_than_they_say(void **state)
{
	static const struct {
		size_t cut, at;
		uint8_t to;
	} each[] = {
		{ 1, 0, 0 },  { 32, 0, 0 },  { 33, 0, 0 },  { 34, 0, 0 },  { 35, 0, 0 },  { 38, 0, 0 },
		{ 45, 0, 0 }, { 48, 0, 0 },  { 52, 0, 0 },  { 0, 17, 2 },  { 0, 20, 4 },  { 0, 20, 2 },
		{ 0, 27, 2 }, { 0, 27, 0 },  { 0, 24, 1 },  { 0, 29, 33 }, { 0, 29, 31 }, { 32, 29, 0x20 },
	};
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		/* a whole answer before: the bytes that one would find */
		fixture_reopen(&f);
		wire_reset();
		check_ok(tpm_pcrs(f.t, PCR(WINDOW_PCR), &err, pcrs));
		cut_by = each[i].cut;
		change_at = each[i].at;
		change_to = each[i].to;
		wire.after = damage;
		check_fails(tpm_pcrs(f.t, PCR(WINDOW_PCR), &err, pcrs), -EIO);
		if (!strstr(err.text, "the answer is malformed"))
			fail_msg("case %zu: %s", i, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_all_pcrs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pcrs_are_of_one_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requires_policy_authorize_nv, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_that_are_shorter_than_they_say, setup, teardown),
	};

	return cmocka_run_group_tests_name("PCRs", tests, NULL, NULL);
}
