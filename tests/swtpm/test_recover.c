/*
 * What a rescue shell can do: bootseal-unlock's recover and explain, with a real header and a software TPM.
 */
#include "fixture.h"

#include "proxy.h"
#include "unlock_world.h"

#include "base/file.h"
#include "base/text.h"
#include "seal/recovery_key.h"
#include "seal/token.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

/* As the tool adds one. ret_text ends with a NUL. */
static int add_key(const struct world *w, char ret_text[static RECOVERY_TEXT_LEN + 1])
{
	struct secret passphrase = SECRET_NONE, key = SECRET_NONE;
	struct volume *v = world_volume(w);
	int slot;

	assert_int_equal(secret_new(strlen(PASSPHRASE), &passphrase), 0);
	memcpy(passphrase.bytes, PASSPHRASE, passphrase.len);
	assert_int_equal(recovery_new(&key), 0);
	check_ok(volume_keyslot_add(v, &passphrase, &key, &err, &slot));
	check_ok(volume_named_set(v, RECOVERY_TOKEN_TYPE,
				  volume_named(v, RECOVERY_TOKEN_TYPE) | 1u << slot, &err));
	memcpy(ret_text, key.bytes, key.len);
	ret_text[key.len] = '\0';
	secret_free(&passphrase);
	secret_free(&key);
	volume_close(v);
	return slot;
}

static int recover(struct world *w, const char *typed)
{
	return world_run_with(w, NULL, typed, "recover", NULL);
}

static void test_recovers(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1], dashes[RECOVERY_TEXT_LEN + 2];
	struct world w;
	struct proxy p;

	world_setup(&w);
	add_key(&w, key);
	/* as typed at a console, and never a word to the TPM */
	proxy_start(&p, &w.f.swtpm, 0);
	strcpy(dashes, key);
	for (char *c = dashes; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	strcat(dashes, "\n");
	assert_int_equal(world_run_with(&w, p.tcti, dashes, "recover", NULL), 0);
	assert_int_equal(proxy_stop(&p), 0);
	says(&w, "root: unlocked with the recovery key");
	says(&w, "'exit'");
	says_not(&w, key);
	assert_false(world_has(&w, "run/unlock.json"));
	/* it neither opens nor closes the window */
	window_is(&w, NULL);
	assert_int_equal(world_run_with(&w, NULL, key, "recover", "root"), 0);
	assert_int_equal(world_run_with(&w, NULL, key, "recover", "nobody"), 2);
	world_teardown(&w);
}

static void test_wrong_keys(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1], wrong[RECOVERY_TEXT_LEN + 1];
	struct world w;

	world_setup(&w);
	add_key(&w, key);
	assert_int_equal(recover(&w, "000000 000011 000022 000033 000044 000055 000066 000077"), 1);
	says(&w, "wrong recovery key");
	strcpy(wrong, key);
	wrong[15] = wrong[15] == '9' ? '8' : wrong[15] + 1;
	assert_int_equal(recover(&w, wrong), 1);
	says(&w, "group 3 has a typing error");
	says_not(&w, wrong);
	assert_int_equal(recover(&w, ""), 1);
	says(&w, "no recovery key was typed");
	assert_int_equal(recover(&w, PASSPHRASE), 1);
	says(&w, "digits only");
	/* the TPM's own key would open another keyslot: not here */
	assert_int_equal(recover(&w, TEST_KEY), 1);
	memset(wrong, '1', sizeof(wrong) - 1);
	wrong[sizeof(wrong) - 1] = '\0';
	assert_int_equal(recover(&w, wrong), 1);
	says(&w, "55 digits");
	world_teardown(&w);
}

static void test_no_recovery_key(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(recover(&w, "000000 000011 000022 000033 000044 000055 000066 000077"), 1);
	says(&w, "it has no recovery key");
	world_remove(&w, "anchor");
	assert_int_equal(recover(&w, ""), 3);
	world_teardown(&w);
}

/* While one key replaces the other, both are named. */
static void test_two_keys(void **state)
{
	char first[RECOVERY_TEXT_LEN + 1], second[RECOVERY_TEXT_LEN + 1];
	struct world w;

	world_setup(&w);
	add_key(&w, first);
	add_key(&w, second);
	assert_int_equal(recover(&w, second), 0);
	assert_int_equal(recover(&w, first), 0);
	world_teardown(&w);
}

/* Without a good token of the TPM's, without any, and without a TPM. */
static void test_all_else_is_gone(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1];
	struct world w;

	world_setup(&w);
	add_key(&w, key);
	w.token.index.bytes[5] ^= 1;
	world_write_token(&w);
	assert_int_equal(recover(&w, key), 0);
	world_remove_token(&w);
	assert_int_equal(world_run_with(&w, "swtpm:path=/nowhere", key, "recover", NULL), 0);
	says(&w, "unlocked with the recovery key");
	assert_int_equal(world_run(&w, "swtpm:path=/nowhere", "explain", NULL), 0);
	says(&w, "recover");
	world_teardown(&w);
}

/* The key is not asked for, let alone used, for a header that is not the anchor's. */
static void test_foreign_header(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1];
	struct world w;

	world_setup(&w);
	add_key(&w, key);
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	assert_int_equal(recover(&w, key), 6);
	says(&w, "its LUKS2 header changed");
	says_not(&w, "unlocked ");
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "its LUKS2 header changed");
	says_not(&w, "bootseal-unlock recover");
	world_teardown(&w);
}

static void test_absent(void **state)
{
	struct world w;

	world_setup(&w);
	world_rename(&w, "image", "away");
	assert_int_equal(recover(&w, ""), 7);
	says(&w, "is missing");
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "is missing");
	world_teardown(&w);
}

/* One key for both volumes, typed once. */
static void test_two_volumes(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1];
	struct world w;

	world_setup(&w);
	add_key(&w, key);
	world_add_data(&w);
	world_write(&w, "crypttab", "root %s/image none luks\ndata %s/data none luks\n", w.dir, w.dir);
	assert_int_equal(recover(&w, key), 0);
	says(&w, "root: unlocked with the recovery key");
	says(&w, "data: unlocked with the recovery key");
	world_teardown(&w);
}

static void test_explains(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1], sealed[64], prefix[2 * BRANCH_PREFIX_LEN + 1];
	uint8_t digest[SHA256_LEN] = { 1 };
	struct world w;

	world_setup(&w);
	add_key(&w, key);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "bootseal-unlock has not run yet");
	says(&w, "Window       open");
	says(&w, "match a sealed boot path");
	swtpm_extend(&w.f.swtpm, 8, digest);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "\nbootseal: root: type its passphrase or its recovery key");
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "This boot    PCR 8 (");
	says(&w, "Window       closed");
	says(&w, "PCRs         PCR 8 (the boot loader's commands and the kernel command line) differs from "
		 "the nearest");
	text_hex(w.token.generation[0].branch[1].prefix[8], BRANCH_PREFIX_LEN, prefix);
	snprintf(sealed, sizeof(sealed), "PCR 8     sealed %s..", prefix);
	says(&w, sealed);
	says_not(&w, "PCR 15 ");
	says_not(&w, "PCR 4 ");
	says(&w, "header as enrolled; has a recovery key");
	says(&w, "run 'bootseal-unlock recover'");
	/* it says the same again, and changes nothing */
	leaves(&w, "\"differing\":[8]");
	window_is(&w, "bootseal closed");
	assert_int_equal(recover(&w, key), 0);
	world_teardown(&w);
}

static void test_explains_other_causes(void **state)
{
	struct generation other;
	struct world w;

	/* the rescue shell of `break=premount`: closed before open was called */
	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "the window was closed before any volume was unlocked");
	says(&w, "match a sealed boot path");
	says(&w, "header as enrolled; no recovery key");
	says(&w, "'exit' continues the boot; cryptsetup asks");
	/* an older header */
	other = w.token.generation[0];
	other.branch_count = 2;
	world_move_policy(&w, &other);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "an older header was restored");
	/* another TPM */
	w.anchor.srk.bytes[5] ^= 1;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 0);
	says(&w, "this TPM is not the enrolled one");
	world_remove(&w, "anchor");
	assert_int_equal(world_run(&w, NULL, "explain", NULL), 3);
	world_teardown(&w);
}

static void test_prompt_line(void **state)
{
	char key[RECOVERY_TEXT_LEN + 1];
	uint8_t digest[SHA256_LEN] = { 1 };
	struct world w;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 9, digest);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "sealed boot path\nbootseal: root: type its passphrase\n");
	add_key(&w, key);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	world_is(&w, "run/prompt",
		 "root: PCR 9 (the files that the boot loader read: its configuration, kernel, initrd) "
		 "differs from the nearest sealed boot path; since then the window is closed (PCR 15): the "
		 "TPM does not unlock until the next boot; type its passphrase or its recovery key\n");
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recovers),
		cmocka_unit_test(test_wrong_keys),
		cmocka_unit_test(test_no_recovery_key),
		cmocka_unit_test(test_two_keys),
		cmocka_unit_test(test_all_else_is_gone),
		cmocka_unit_test(test_foreign_header),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_two_volumes),
		cmocka_unit_test(test_explains),
		cmocka_unit_test(test_explains_other_causes),
		cmocka_unit_test(test_prompt_line),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
