/*
 * bootseal-unlock and a token, a sealed object or a policy index that is old, damaged, forged, another's or
 * gone.
 */
#include "unlock_world.h"

static void test_reseal_in_progress(void **state)
{
	struct world w;

	/* both generations are in the token, the index holds the older one still */
	world_setup(&w);
	w.token.generation[1] = w.token.generation[0];
	w.token.generation[1].number = 2;
	w.token.generation[1].branch_count = 1;
	w.token.generation_count = 2;
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	leaves(&w, "\"generation\":1,");
	world_teardown(&w);
}

/* Power was cut after the index was written: the older generation is in the token still. */
static void test_reseal_cut_short(void **state)
{
	struct world w;

	world_setup(&w);
	w.token.generation[1] = w.token.generation[0];
	w.token.generation[1].number = 2;
	w.token.generation[0].branch_count = 1;
	w.token.generation_count = 2;
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	leaves(&w, "\"generation\":2,\"branch\":101,\"differing\":[]");
	world_teardown(&w);
}

static void test_dead_generation(void **state)
{
	struct world w;

	/* the policy has moved on to boot paths that this boot is not one of */
	world_setup(&w);
	w.token.generation[1] = w.token.generation[0];
	w.token.generation[1].number = 2;
	w.token.generation[1].branch[0] = w.token.generation[0].branch[0];
	w.token.generation[1].branch_count = 1;
	w.token.generation_count = 2;
	world_write_token(&w);
	world_move_policy(&w, &w.token.generation[1]);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the policy was moved since");
	leaves(&w, "\"differing\":[9]");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_old_header(void **state)
{
	struct world w;
	struct generation other;

	world_setup(&w);
	other = w.token.generation[0];
	other.branch_count = 2;
	world_move_policy(&w, &other);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "an older header was restored");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/* An index and a sealed object of the attacker's own under the real SRK. */
static void test_forged_token(void **state)
{
	struct world w;
	struct p256 *key;
	struct authority attacker;

	world_setup(&w);
	world_open_tpm(&w);
	fixture_authority(&key, &attacker);
	check_ok(index_create(w.f.t, &attacker, &err, &w.token.index_handle));
	assert_int_not_equal(w.token.index_handle, w.f.handle);
	assert_int_equal(index_name(w.token.index_handle, &attacker, true, &w.token.index), 0);
	world_move_policy_of(&w, &attacker, &w.token.generation[0]);
	w.f.index = w.token.index;
	world_reseal_object(&w, TEST_KEY);
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its token names a different policy index than the anchor");
	leaves(&w, "\"result\":\"token\"");
	window_is(&w, "bootseal closed");
	/* the header is the enrolled one: the passphrase may be asked for */
	assert_false(world_has(&w, "run/held"));
	p256_free(key);
	world_teardown(&w);
}

static void test_token_of_another_tpm(void **state)
{
	struct world w;

	world_setup(&w);
	w.token.srk.bytes[20] ^= 1;
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its token belongs to a different TPM key");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_another_tpm(void **state)
{
	struct world w;

	world_setup(&w);
	w.anchor.srk.bytes[20] ^= 1;
	w.token.srk = w.anchor.srk;
	world_write_token(&w);
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "this TPM is not the enrolled one");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_index_gone(void **state)
{
	struct world w;

	world_setup(&w);
	world_open_tpm(&w);
	check_ok(index_remove(w.f.t, w.f.handle, &err));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the policy index");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_wrong_secret(void **state)
{
	struct world w;

	world_setup(&w);
	world_open_tpm(&w);
	world_reseal_object(&w, "another key of thirty-two bytes.");
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "not unlocked");
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

static void test_damaged_object(void **state)
{
	struct world w;

	world_setup(&w);
	w.token.object[w.token.object_len - 1] ^= 1;
	world_write_token(&w);
	assert_int_not_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "not unlocked");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_no_token(void **state)
{
	struct world w;

	world_setup(&w);
	world_remove_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "token");
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/held"));
	world_teardown(&w);
}

static void test_malformed_token(void **state)
{
	struct world w;

	world_setup(&w);
	world_remove_token(&w);
	world_import_token(&w, "{\"type\":\"bootseal\",\"keyslots\":[\"1\"],\"version\":9}");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "root: not unlocked by the TPM: ");
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/held"));
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reseal_in_progress),
		cmocka_unit_test(test_reseal_cut_short),
		cmocka_unit_test(test_dead_generation),
		cmocka_unit_test(test_old_header),
		cmocka_unit_test(test_forged_token),
		cmocka_unit_test(test_token_of_another_tpm),
		cmocka_unit_test(test_another_tpm),
		cmocka_unit_test(test_index_gone),
		cmocka_unit_test(test_wrong_secret),
		cmocka_unit_test(test_damaged_object),
		cmocka_unit_test(test_no_token),
		cmocka_unit_test(test_malformed_token),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
