/* bootseal-unlock when the TPM is absent, fails or hangs: the boot goes on only with the window closed. */
#include "proxy.h"
#include "unlock_world.h"

#define SLOW_MS 300

static void test_no_tpm(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, "swtpm:path=/nonexistent/tpm", "open", NULL), 4);
	says(&w, "root: not unlocked by the TPM: ");
	leaves(&w, "\"exit\":4,\"window\":\"none\"");
	leaves(&w, "\"result\":\"no-tpm\"");
	assert_false(world_has(&w, "run/held"));
	/* a foreign header is found out without a TPM, too */
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, "swtpm:path=/nonexistent/tpm", "open", NULL), 6);
	assert_true(world_has(&w, "run/held"));
	assert_int_equal(world_run(&w, "swtpm:path=/nonexistent/tpm", "close", NULL), 4);
	world_teardown(&w);
}

/* PCR_Event fails while the key may be had: nothing is opened and the boot must not go on. */
static void test_window_stays_open(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, 0x13c);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 8);
	says(&w, "the window cannot be closed");
	says_not(&w, "unlocked by the TPM\n");
	leaves(&w, "\"exit\":8,\"window\":\"open\"");
	assert_int_equal(world_run(&w, p.tcti, "close", NULL), 8);
	/* the same when the token, with which that could be known, is gone */
	world_remove_token(&w);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 8);
	proxy_stop(&p);
	window_is(&w, NULL);
	world_teardown(&w);
}

/*
 * Keys in hand and an event that did not go well: they are dropped, and then the window is closed in any way.
 */
static void test_event_fails_once(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, PROXY_FIRST | 0x13c);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 1);
	proxy_stop(&p);
	says(&w, "the window cannot be closed");
	says_not(&w, "unlocked by the TPM\n");
	leaves(&w, "\"exit\":1,\"window\":\"closed\"");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/* The same failure in a boot that the policy rejects: the passphrase prompt may come. */
static void test_window_of_a_rejected_boot(void **state)
{
	struct world w;
	struct proxy p;
	uint8_t digest[SHA256_LEN] = { 1 };

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, digest);
	proxy_start(&p, &w.f.swtpm, 0x13c);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 5);
	proxy_stop(&p);
	world_teardown(&w);
}

static void test_dead_tpm(void **state)
{
	struct world w;
	struct proxy p;

	/* it gives no key to anyone: the passphrase prompt may come */
	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, PROXY_ALL);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 1);
	says(&w, "TPM: ");
	assert_int_equal(world_run(&w, p.tcti, "close", NULL), 1);
	proxy_stop(&p);
	world_teardown(&w);
}

/* A cloud's TPM may take its time with each command. */
static void test_slow_tpm(void **state)
{
	struct timespec from, to;
	struct world w;
	struct proxy p;
	size_t commands;

	world_setup(&w);
	proxy_slow(&p, &w.f.swtpm, SLOW_MS);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	commands = proxy_stop(&p);
	says(&w, "root: unlocked by the TPM");
	window_is(&w, opened_text(&w));
	/* it was slow indeed */
	assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >=
		    (long)commands * SLOW_MS);
	world_teardown(&w);
}

/*
 * A program that dies half-way leaves cryptroot nothing to ask for; the next run, or a person, sets that
 * right.
 */
static void test_killed(void **state)
{
	struct world w;
	struct proxy p;
	char *crypttab;
	pid_t pid;

	world_setup(&w);
	crypttab = world_read(&w, "crypttab");
	proxy_start(&p, &w.f.swtpm, PROXY_HANG);
	pid = world_start(&w, p.tcti, "", "open", NULL);
	for (int i = 0; i < 500 && !world_has(&w, "run/held"); i++)
		usleep(10000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	proxy_stop(&p);
	assert_true(world_has(&w, "run/ask"));
	assert_true(world_is_null_link(&w, "crypttab"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	assert_false(world_has(&w, "run/held"));
	world_is(&w, "crypttab", crypttab);
	free(crypttab);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_tpm),
		cmocka_unit_test(test_window_stays_open),
		cmocka_unit_test(test_event_fails_once),
		cmocka_unit_test(test_window_of_a_rejected_boot),
		cmocka_unit_test(test_dead_tpm),
		cmocka_unit_test(test_slow_tpm),
		cmocka_unit_test(test_killed),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
