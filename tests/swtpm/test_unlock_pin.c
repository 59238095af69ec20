/*
 * bootseal-unlock on a machine that was enrolled with a PIN: when it is asked for, and what it opens.
 */
#include "layer.h"
#include "listener.h"
#include "pin_world.h"

static void set_up(struct world *w)
{
	world_setup(w);
	pin_world_enroll(w, NULL);
	pin_world_limit(w, 32, 600);
}

/* The window is open, and cryptroot sees no volume to ask for. */
static void is_asked(struct world *w, const char *question)
{
	world_is(w, "run/ask-pin", question);
	window_is(w, NULL);
	assert_true(world_is_null_link(w, "crypttab"));
	assert_true(world_has(w, "crypttab.held"));
	assert_false(world_has(w, "run/ask"));
	assert_false(world_has(w, "run/unlock.json"));
	fixture_clean(&w->f, 0);
}

static void is_not_asked(const struct world *w)
{
	assert_false(world_has(w, "run/ask-pin"));
	assert_false(world_has(w, "run/held"));
	assert_false(world_has(w, "crypttab.held"));
}

static void test_opens(void **state)
{
	struct world w;
	char *crypttab;

	set_up(&w);
	crypttab = world_read(&w, "crypttab");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says_not(&w, "bootseal");
	is_asked(&w, PIN_QUESTION);
	assert_int_equal(pin_world_type(&w, PIN), 0);
	says(&w, "root: unlocked by the TPM");
	is_not_asked(&w);
	world_is(&w, "crypttab", crypttab);
	leaves(&w, "\"exit\":0,\"window\":\"closed\",\"reason\":\"\",\"generation\":1,\"branch\":101");
	leaves(&w, "\"result\":\"opened\"");
	window_is(&w, opened_text(&w));
	assert_int_equal(pin_world_tries(&w), 0);
	fixture_clean(&w.f, 0);
	/* the second time it is too late, and nothing is asked */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the window is closed");
	is_not_asked(&w);
	assert_int_equal(pin_world_type(&w, PIN), 5);
	free(crypttab);
	world_teardown(&w);
}

/* As askpass hands it on where somebody pipes a line into it. */
static void test_with_a_newline(void **state)
{
	struct world w;

	set_up(&w);
	assert_int_equal(pin_world_type(&w, PIN "\n"), 0);
	world_teardown(&w);
}

static void test_three_wrong_ones(void **state)
{
	struct world w;

	set_up(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(pin_world_type(&w, "000000"), 7);
	says(&w, "wrong PIN");
	says(&w, "1 of 32 tries of the TPM are used; it forgives one for each 10 minutes");
	is_asked(&w, "Wrong PIN. 1 of 32 tries of the TPM are used. " PIN_QUESTION);
	assert_int_equal(pin_world_type(&w, PIN "x"), 7);
	is_asked(&w, "Wrong PIN. 2 of 32 tries of the TPM are used. " PIN_QUESTION);
	assert_int_equal(pin_world_type(&w, "000001"), 1);
	says(&w, "root: not unlocked by the TPM: the PIN was wrong");
	says(&w, "root: type its passphrase");
	is_not_asked(&w);
	leaves(&w, "\"exit\":1,\"window\":\"closed\",\"reason\":\"the PIN was wrong\"");
	leaves(&w, "\"result\":\"pin\"");
	window_is(&w, "bootseal closed");
	assert_int_equal(pin_world_tries(&w), 3);
	/* the right one is too late */
	assert_int_equal(pin_world_type(&w, PIN), 5);
	says(&w, "the PIN was wrong; since then the window is closed");
	assert_int_equal(pin_world_tries(&w), 3);
	world_teardown(&w);
}

static void test_right_at_the_third(void **state)
{
	struct world w;

	set_up(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "needed beside the TPM; no try is used");
	assert_int_equal(pin_world_type(&w, "000000"), 7);
	assert_int_equal(pin_world_type(&w, "000001"), 7);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "2 of 32 tries of the TPM are used");
	assert_int_equal(pin_world_type(&w, PIN), 0);
	window_is(&w, opened_text(&w));
	assert_int_equal(pin_world_tries(&w), 2);
	world_teardown(&w);
}

/* An empty answer closes the window at once: the way to the passphrase. */
static void test_empty(void **state)
{
	struct world w;

	set_up(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(pin_world_type(&w, "\n"), 1);
	says(&w, "root: not unlocked by the TPM: no PIN was typed");
	is_not_asked(&w);
	window_is(&w, "bootseal closed");
	leaves(&w, "\"reason\":\"no PIN was typed\"");
	assert_int_equal(pin_world_tries(&w), 0);
	world_teardown(&w);
}

/* A passphrase, perhaps: it costs one of the three, and none of the TPM's. */
static void test_no_pin(void **state)
{
	char long_one[700];
	struct world w;

	set_up(&w);
	memset(long_one, 'x', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(pin_world_type(&w, long_one), 7);
	is_asked(&w, "That is no PIN, which has 6 to 64 characters. " PIN_QUESTION);
	long_one[65] = '\0';
	assert_int_equal(pin_world_type(&w, long_one), 7);
	assert_int_equal(pin_world_type(&w, "12345"), 1);
	says(&w, "root: not unlocked by the TPM: no PIN was typed that could be one");
	window_is(&w, "bootseal closed");
	assert_int_equal(pin_world_tries(&w), 0);
	world_teardown(&w);
}

/* A boot that was not sealed never gets the PIN, whether it is asked for or handed over. */
static void test_foreign_boot(void **state)
{
	uint8_t digest[SHA256_LEN] = { 1 };
	struct world w;

	set_up(&w);
	swtpm_extend(&w.f.swtpm, 8, digest);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "PCR 8");
	is_not_asked(&w);
	window_is(&w, "bootseal closed");
	assert_int_equal(pin_world_tries(&w), 0);
	world_teardown(&w);

	set_up(&w);
	swtpm_extend(&w.f.swtpm, 8, digest);
	assert_int_equal(pin_world_type(&w, PIN), 5);
	is_not_asked(&w);
	assert_int_equal(pin_world_tries(&w), 0);
	world_teardown(&w);
}

/* Nor does one for which the policy was moved, nor one with a foreign header. */
static void test_foreign_header_and_policy(void **state)
{
	struct world w;

	set_up(&w);
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_false(world_has(&w, "run/ask-pin"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	set_up(&w);
	w.token.generation[0].branch_count = 1;
	world_move_policy(&w, &w.token.generation[0]);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	is_not_asked(&w);
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/*
 * A header of before the PIN, with the keyslot, the token and the object that the TPM still unseals in this
 * very boot: the anchor, which is measured, says that there has to be a PIN.
 */
static void test_header_of_before(void **state)
{
	char command[400];
	struct world w;

	world_setup(&w);
	snprintf(command, sizeof(command), "cp %s/image %s/before", w.dir, w.dir);
	assert_int_equal(system(command), 0);
	pin_world_enroll(&w, NULL);
	world_rename(&w, "before", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its token opens without a PIN, and this machine was enrolled with one");
	assert_false(world_has(&w, "run/ask-pin"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	/* nothing else stops it */
	world_setup(&w);
	snprintf(command, sizeof(command), "cp %s/image %s/before", w.dir, w.dir);
	assert_int_equal(system(command), 0);
	pin_world_enroll(&w, NULL);
	world_rename(&w, "before", "image");
	w.anchor.pin = false;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	world_teardown(&w);
}

/* An enrolment that was cut short: the new token, and the initrd of before. */
static void test_anchor_of_before(void **state)
{
	struct world w;

	world_setup(&w);
	pin_world_enroll(&w, NULL);
	w.anchor.pin = false;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(pin_world_type(&w, PIN), 0);
	world_teardown(&w);
}

static void test_lockout(void **state)
{
	struct world w;

	set_up(&w);
	pin_world_limit(&w, 2, 7200);
	assert_int_equal(pin_world_type(&w, "000000"), 7);
	assert_int_equal(pin_world_type(&w, "000000"), 1);
	says(&w, "root: not unlocked by the TPM: the TPM is locked after 2 wrong tries; it takes one more "
		 "after at most 2 hours that the machine is on");
	is_not_asked(&w);
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	/* the next boot does not even ask */
	set_up(&w);
	pin_world_limit(&w, 1, 7200);
	assert_int_equal(pin_world_type(&w, "000000"), 1);
	world_remove(&w, "run/unlock.json");
	world_remove(&w, "run/pin-tries");
	swtpm_reboot(&w.f.swtpm);
	fixture_boot(&w.f);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "locked after 1 wrong tries");
	is_not_asked(&w);
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/* The boot script died while it asked: what runs next closes the window, and then cryptroot asks. */
static void test_nobody_answers(void **state)
{
	struct world w;
	char *crypttab;

	set_up(&w);
	crypttab = world_read(&w, "crypttab");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/ask-pin"));
	leaves(&w, "\"window\":\"closed\",\"reason\":\"the PIN was not typed\"");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	is_not_asked(&w);
	world_is(&w, "crypttab", crypttab);
	free(crypttab);
	world_teardown(&w);
}

/* Two volumes that were enrolled together: one question, one Unseal. */
static void test_two_volumes(void **state)
{
	struct heard h = { .bytes = NULL };
	struct pin_made m;
	struct world w;

	world_setup(&w);
	pin_world_enroll(&w, &m);
	world_add_data(&w);
	world_write(&w, "crypttab", "root %s/image none luks\ndata %s/data none luks\n", w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(pin_world_type(&w, "wrong-PIN"), 7);
	assert_int_equal(pin_world_tries(&w), 1);
	listener_start(&h, &w.f.swtpm);
	assert_int_equal(world_run_with(&w, h.proxy.tcti, PIN, "open", "--pin"), 0);
	listener_stop(&h);
	says(&w, "root: unlocked by the TPM");
	says(&w, "data: unlocked by the TPM");
	assert_int_equal(h.started, 1);
	assert_int_equal(h.unsealed, 1);
	listener_learns_nothing(&h, TEST_KEY, strlen(TEST_KEY));
	listener_learns_nothing(&h, PIN, strlen(PIN));
	listener_learns_nothing(&h, m.stretched.bytes, m.stretched.len);
	listener_learns_nothing(&h, m.auth.bytes, m.auth.len);
	listener_learns_nothing(&h, m.keyslot_key.bytes, m.keyslot_key.len);
	listener_free(&h);
	pin_made_free(&m);
	world_teardown(&w);
}

/* A PCR outside the policy that moves at any time: what was typed is used once more, and is no wrong try. */
static void test_while_a_pcr_moves(void **state)
{
	static const struct fault moves = { "PCR 10 extended", FAULT_PCR, 10, true };
	unsigned int injected = 1;
	struct layer l;
	struct world w;

	set_up(&w);
	layer_start(&l, &w.f.swtpm, w.dir);
	for (unsigned int at = 0; injected > 0; at++) {
		swtpm_reboot(&w.f.swtpm);
		fixture_boot(&w.f);
		layer_plan(&l, &moves, HOW_ONCE, at);
		assert_int_equal(world_run_with(&w, l.socket, PIN, "open", "--pin"), 0);
		says(&w, "root: unlocked by the TPM");
		says_not(&w, "wrong PIN");
		injected = l.shared->injected;
		assert_in_range(at, 0, LAYER_COMMANDS);
	}
	layer_stop(&l);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_with_a_newline),
		cmocka_unit_test(test_three_wrong_ones),
		cmocka_unit_test(test_right_at_the_third),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_no_pin),
		cmocka_unit_test(test_foreign_boot),
		cmocka_unit_test(test_foreign_header_and_policy),
		cmocka_unit_test(test_header_of_before),
		cmocka_unit_test(test_anchor_of_before),
		cmocka_unit_test(test_lockout),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_two_volumes),
		cmocka_unit_test(test_while_a_pcr_moves),
	};

	return cmocka_run_group_tests_name("unlock with a PIN", tests, world_make_image, world_remove_image);
}
