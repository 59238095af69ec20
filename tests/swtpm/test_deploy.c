/* A key that was sealed without a TPM for the first boots of one machine: with every kind of SRK it may have.
 */
#include "deployed.h"

#include "seal/tpm_srk_ensure.h"

static struct deployed d;

static int setup(void **state)
{
	deployed_start(&d);
	return 0;
}

static int teardown(void **state)
{
	deployed_stop(&d);
	return 0;
}

static void unlocks_with_a_persistent_srk(void)
{
	struct tpm_name found;

	check_ok(tpm_srk(d.f.t, &err, &found));
	assert_memory_equal(&found, &d.srk.name, sizeof(found));
	deployed_seal(&d, 2, 1, 0);
	deployed_unlocks(&d, 0);
	/* and again, as often as wanted in this boot */
	deployed_unlocks(&d, 0);
}

static void our_own_srk(void **state)
{
	TPM2B_PUBLIC ecc = srk_of(false);
	struct tpm_name name;

	ecc.publicArea.unique.ecc.x.size = ecc.publicArea.unique.ecc.y.size = 32;
	check_ok(tpm_srk_ensure(d.f.t, &err, &name, NULL));
	deployed_primary(&d.f.swtpm, &ecc, false, &d.srk);
	unlocks_with_a_persistent_srk();
}

static void rsa_as_azure_has_it(void **state)
{
	TPM2B_PUBLIC rsa = srk_of(true);

	deployed_primary(&d.f.swtpm, &rsa, true, &d.srk);
	assert_true(d.srk.is_rsa);
	unlocks_with_a_persistent_srk();
}

#define PERSIST                                                                                      \
	" && tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001 && tpm2_flushcontext -t && rm srk.ctx " \
	"&& tpm2_readpublic -Q -c 0x81000001 -o srk.pub"

static void rsa_by_tpm2_tools(void **state)
{
	deployed_tools(&d.f.swtpm, "tpm2_createprimary -Q -C o -G rsa2048 -c srk.ctx" PERSIST, &d.srk);
	unlocks_with_a_persistent_srk();
}

static void ecc_by_tpm2_tools(void **state)
{
	deployed_tools(&d.f.swtpm, "tpm2_createprimary -Q -C o -G ecc256 -c srk.ctx" PERSIST, &d.srk);
	unlocks_with_a_persistent_srk();
}

/* The four templates that programs make a primary by; what it is made by once more must be found out. */
static void no_persistent_srk(void **state)
{
	for (int i = 0; i < 4; i++) {
		TPM2B_PUBLIC p = srk_of(i / 2);

		if (i == 0)
			p.publicArea.unique.ecc.x.size = p.publicArea.unique.ecc.y.size = 32;
		if (i == 2)
			p.publicArea.unique.rsa.size = 256;
		deployed_primary(&d.f.swtpm, &p, false, &d.srk);
		deployed_seal(&d, 1, 0, 0);
		deployed_unlocks(&d, 1);
		/* made once, not for every use */
		deployed_unlocks(&d, 1);
		fixture_reopen(&d.f);
		assert_int_equal(swtpm_handles(&d.f.swtpm, 0x80), 0);
		assert_int_equal(swtpm_handles(&d.f.swtpm, 0x81), 0);
	}
}

/* Enrolment in the same connection makes a persistent SRK: the one for the first boot is not taken for it. */
static void enrolment_follows(void **state)
{
	TPM2B_PUBLIC rsa = srk_of(true);
	struct tpm_name name;
	struct srk_kind kind;

	deployed_primary(&d.f.swtpm, &rsa, false, &d.srk);
	deployed_seal(&d, 1, 0, 0);
	deployed_unlocks(&d, 1);
	check_fails(tpm_srk(d.f.t, &err, &name), -ENOENT);
	assert_int_equal(swtpm_handles(&d.f.swtpm, 0x80), 0);
	check_ok(tpm_srk_ensure(d.f.t, &err, &name, &kind));
	assert_true(kind.made);
	assert_memory_not_equal(&name, &d.srk.name, sizeof(name));
	assert_int_equal(swtpm_handles(&d.f.swtpm, 0x81), 1);
	/* now there is one, and it is not that one */
	fixture_reopen(&d.f);
	deployed_refused(&d, &d.sealed, -EKEYREJECTED, "another TPM");
}

static void every_branch(void **state)
{
	static const size_t counts[] = { 1, 8, 9, 32 };

	our_own_srk(state);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		deployed_seal(&d, counts[i], 0, 0);
		deployed_unlocks(&d, 0);
		deployed_seal(&d, counts[i], counts[i] - 1, 0);
		deployed_unlocks(&d, 0);
	}
}

static void shortest_and_longest_key(void **state)
{
	const size_t lens[] = { 1, 16, FIRST_BOOT_KEY_MAX, FIRST_BOOT_KEY_MAX + 1, 0 };

	our_own_srk(state);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct secret key = SECRET_NONE, back = SECRET_NONE;
		struct deploy_request q = { .srk = &d.srk,
					    .key = &key,
					    .mask = SAMPLE_PCRS,
					    .resets = 1000,
					    .branches = d.f.branch,
					    .branch_count = 1 };

		fixture_branches(&d.f, 1, 0);
		assert_int_equal(secret_random(lens[i], &key), 0);
		if (lens[i] < 1 || lens[i] > FIRST_BOOT_KEY_MAX) {
			check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
		} else {
			check_ok(tpm_deploy(&q, &err, &d.sealed));
			check_ok(tpm_first_boot(d.f.t, &d.sealed, &err, &back));
			assert_int_equal(back.len, key.len);
			assert_memory_equal(back.bytes, key.bytes, key.len);
		}
		secret_free(&key);
		secret_free(&back);
	}
}

static void what_cannot_be_used_is_not_made(void **state)
{
	struct secret key = SECRET_NONE;
	struct deploy_request q = { .srk = &d.srk, .key = &key, .resets = 3, .branches = d.f.branch };

	our_own_srk(state);
	assert_int_equal(secret_random(32, &key), 0);
	q.mask = SAMPLE_PCRS & ~PCR(WINDOW_PCR);
	q.branch_count = 1;
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
	q.mask = PCR(WINDOW_PCR);
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
	q.mask = SAMPLE_PCRS | 1u << PCR_COUNT;
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
	q.mask = SAMPLE_PCRS;
	q.branch_count = 0;
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
	q.branch_count = BRANCH_MAX + 1;
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EINVAL);
	q.branch_count = 1;
	d.srk.y[31] ^= 1; /* not on the curve */
	check_fails(tpm_deploy(&q, &err, &d.sealed), -EBADMSG);
	secret_free(&key);
}

/* The window closes under the session that unlocked, with a persistent SRK and without. */
static void window_closes(void **state)
{
	for (int persistent = 0; persistent < 2; persistent++) {
		TPM2B_PUBLIC ecc = srk_of(false);
		uint8_t pcr[SHA256_LEN];

		deployed_primary(&d.f.swtpm, &ecc, persistent, &d.srk);
		deployed_seal(&d, 1, 0, 5);
		deployed_unlocks(&d, !persistent);
		check_ok(tpm_close_window(d.f.t, &d.sealed.srk, "bootseal test", true, &err));
		swtpm_pcr(&d.f.swtpm, WINDOW_PCR, pcr);
		assert_memory_not_equal(pcr, (uint8_t[SHA256_LEN]){ 0 }, SHA256_LEN);
		deployed_refused(&d, &d.sealed, -EACCES, "the window is closed");
		tpm_close(d.f.t);
		swtpm_reboot(&d.f.swtpm);
		deployed_measure(&d.f.swtpm);
		check_ok(tpm_open(d.f.swtpm.tcti, &err, &d.f.t));
		deployed_unlocks(&d, !persistent);
		fixture_reopen(&d.f);
	}
}

static void resets_are_counted(void **state)
{
	uint32_t left, resets;

	our_own_srk(state);
	resets = deployed_resets(&d.f.swtpm) + 2;
	for (uint32_t i = 0; i < 3; i++) {
		check_ok(tpm_resets_left(d.f.t, resets, &err, &left));
		assert_int_equal(left, 2 - i);
		swtpm_reboot(&d.f.swtpm);
	}
	check_fails(tpm_resets_left(d.f.t, resets, &err, &left), -EKEYEXPIRED);
	assert_non_null(strstr(err.text, "resets of the TPM, and those are over"));
}

/*
 * Not all starts are counted: not one that follows TPM2_Shutdown(STATE), which is a TPM Restart (Part
 * 1, 10.2.4). The bound is one on what the installed system does, since Linux shuts down without STATE, and
 * on power cuts.
 */
static void restarts_are_not_counted(void **state)
{
	static const uint8_t shutdown[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 1 };
	uint32_t before, resets;
	uint8_t answer[16];

	our_own_srk(state);
	before = deployed_resets(&d.f.swtpm);
	tpm_close(d.f.t);
	swtpm_command(&d.f.swtpm, shutdown, sizeof(shutdown), answer, sizeof(answer));
	swtpm_reboot(&d.f.swtpm);
	deployed_measure(&d.f.swtpm);
	resets = deployed_resets(&d.f.swtpm);
	check_ok(tpm_open(d.f.swtpm.tcti, &err, &d.f.t));
	assert_int_equal(resets, before);
	deployed_unlocks(&d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_own_srk, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_as_azure_has_it, setup, teardown),
		cmocka_unit_test_setup_teardown(rsa_by_tpm2_tools, setup, teardown),
		cmocka_unit_test_setup_teardown(ecc_by_tpm2_tools, setup, teardown),
		cmocka_unit_test_setup_teardown(no_persistent_srk, setup, teardown),
		cmocka_unit_test_setup_teardown(enrolment_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(every_branch, setup, teardown),
		cmocka_unit_test_setup_teardown(shortest_and_longest_key, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_used_is_not_made, setup, teardown),
		cmocka_unit_test_setup_teardown(window_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(resets_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(restarts_are_not_counted, setup, teardown),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests_name("deploy", tests, NULL, NULL);
}
