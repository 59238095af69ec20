/*
 * Which mapping bootseal-unlock makes: exactly that volume, under exactly that name, by exactly that keyslot,
 * with exactly the flags of crypttab, and none where it must not. Device mapper itself is left to the virtual
 * machines; recorder.c stands in its place.
 */
#include "fixture.h"
#include "proxy.h"
#include "unlock_world.h"

#include <libcryptsetup.h>

#include "seal/recovery_key.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

/* A recovery key: eight multiples of 11 (seal/recovery_key.h). */
#define WORLD_RECOVERY "000011 000022 000033 000044 000055 000066 000077 000088"

static char recorder[PATH_MAX]; /* beside this program */

static void setup(struct world *w)
{
	world_setup(w);
	w->recorder = recorder;
	setenv("RECORDER_FILE", world_path(w, "activated"), 1);
	unsetenv("RECORDER_ANSWER");
}

static void crypttab(const struct world *w, const char *options)
{
	world_write(w, "crypttab", "root %s/image none luks%s\n", w->dir, options);
	/* each open is a boot of its own */
	unlink(world_path(w, "activated"));
}

static void again(struct world *w)
{
	static const uint8_t boot[] = { 4, 7, 8, 9, 14 };
	char command[128];
	uint8_t digest[SHA256_LEN];

	tpm_close(w->f.t);
	w->f.t = NULL;
	snprintf(command, sizeof(command), "rm -rf %s/run", w->dir);
	assert_int_equal(system(command), 0);
	swtpm_reboot(&w->f.swtpm);
	for (size_t i = 0; i < sizeof(boot); i++) {
		memset(digest, boot[i], sizeof(digest));
		swtpm_extend(&w->f.swtpm, boot[i], digest);
	}
}

static void recorded(const struct world *w, const char *file, const char *name, int keyslot,
		     uint32_t flags, const char *key)
{
	char expected[PATH_MAX + 256];

	snprintf(expected, sizeof(expected), "%s/%s %s %d 0x%x %s\n", w->dir, file, name, keyslot, flags,
		 key);
	world_is(w, "activated", expected);
}

static void test_flags_of_crypttab(void **state)
{
	static const struct {
		const char *options;
		uint32_t flags;
	} each[] = {
		{ "", 0 },
		{ ",discard", CRYPT_ACTIVATE_ALLOW_DISCARDS },
		{ ",no-read-workqueue", CRYPT_ACTIVATE_NO_READ_WORKQUEUE },
		{ ",no-write-workqueue", CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE },
		{ ",same-cpu-crypt", CRYPT_ACTIVATE_SAME_CPU_CRYPT },
		{ ",submit-from-crypt-cpus", CRYPT_ACTIVATE_SUBMIT_FROM_CRYPT_CPUS },
		{ ",readonly", CRYPT_ACTIVATE_READONLY },
		{ ",initramfs,discard,no-read-workqueue,tries=1",
		  CRYPT_ACTIVATE_ALLOW_DISCARDS | CRYPT_ACTIVATE_NO_READ_WORKQUEUE },
	};
	struct world w;

	setup(&w);
	/* so that the first keyslot of the header is not the one, nor the last */
	assert_int_equal(w.token.keyslot, 1);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		crypttab(&w, each[i].options);
		assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
		recorded(&w, "image", "root", 1, each[i].flags, TEST_KEY);
		assert_true(world_has(&w, "run/opened"));
		again(&w);
	}
	world_teardown(&w);
}

/* The same key opens a second keyslot: it is still the token's that is used. */
static void test_exactly_that_keyslot(void **state)
{
	struct secret key = SECRET_NONE;
	struct volume *v;
	struct world w;
	int slot;

	setup(&w);
	assert_int_equal(secret_new(strlen(TEST_KEY), &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	v = world_volume(&w);
	check_ok(volume_keyslot_add(v, &key, &key, &err, &slot));
	assert_int_equal(slot, 2);
	volume_close(v);
	secret_free(&key);
	w.token.keyslot = slot;
	world_write_token(&w);
	crypttab(&w, "");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	recorded(&w, "image", "root", 2, 0, TEST_KEY);
	world_teardown(&w);
}

static void test_two_volumes(void **state)
{
	char expected[1024];
	struct world w;

	setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "data %s/data none luks,discard\nroot %s/image none luks,readonly\n",
		    w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	snprintf(expected, sizeof(expected),
		 "%s/data data 1 0x%x " TEST_KEY "\n%s/image root 1 0x%x " TEST_KEY "\n", w.dir,
		 CRYPT_ACTIVATE_ALLOW_DISCARDS, w.dir, CRYPT_ACTIVATE_READONLY);
	world_is(&w, "activated", expected);
	world_teardown(&w);
}

/* libcryptsetup's answer is not taken for a success by its sign alone. */
static void test_answers(void **state)
{
	static const struct {
		const char *answer;
		int code;
		const char *says;
	} each[] = {
		{ "2", 1, "keyslot 2 was opened, not 1" }, { "0", 1, "keyslot 0 was opened, not 1" },
		{ "-1", 6, "does not open keyslot 1" }, /* EPERM */
		{ "-5", 1, "cannot activate" },
		{ "-17", 0, NULL }, /* EEXIST: it is there */
	};
	struct world w;

	setup(&w);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		crypttab(&w, "");
		setenv("RECORDER_ANSWER", each[i].answer, 1);
		assert_int_equal(world_run(&w, NULL, "open", NULL), each[i].code);
		recorded(&w, "image", "root", 1, 0, TEST_KEY);
		if (each[i].says)
			says(&w, each[i].says);
		again(&w);
	}
	world_teardown(&w);
}

/* PCR_Event fails, always or once: no mapping, though the key was in hand. */
static void test_none_while_the_window_is_open(void **state)
{
	static const uint32_t broken[] = { 0x13c, PROXY_FIRST | 0x13c };
	struct proxy p;
	struct world w;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		setup(&w);
		proxy_start(&p, &w.f.swtpm, broken[i]);
		assert_int_equal(world_run(&w, p.tcti, "open", NULL), i == 0 ? 8 : 1);
		proxy_stop(&p);
		assert_false(world_has(&w, "activated"));
		assert_false(world_has(&w, "run/opened"));
		world_teardown(&w);
	}
}

/* What `lock` could not close later is not opened. */
static void test_none_that_cannot_be_noted(void **state)
{
	struct world w;

	setup(&w);
	assert_int_equal(mkdir(world_path(&w, "run"), 0755), 0);
	assert_int_equal(mkdir(world_path(&w, "run/opened"), 0755), 0);
	assert_int_equal(mkdir(world_path(&w, "run/opened/x"), 0755), 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	assert_false(world_has(&w, "activated"));
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

static void test_none_after_the_header_changed(void **state)
{
	struct world w;

	setup(&w);
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_int_equal(world_run_with(&w, NULL, WORLD_RECOVERY "\n", "recover", NULL), 6);
	assert_false(world_has(&w, "activated"));
	world_teardown(&w);
}

/* The index's Name has its handle in it, so that nothing is lost by this; but the token is not ours. */
static void test_none_beside_a_token_of_another_index(void **state)
{
	struct world w;

	setup(&w);
	w.token.index_handle ^= 1;
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "a different policy index");
	assert_false(world_has(&w, "activated"));
	world_teardown(&w);
}

/* A recovery token that names a keyslot of no volume key of ours: it is not even tried. */
static void test_none_by_an_unbound_keyslot(void **state)
{
	char command[PATH_MAX + 256];
	struct volume *v;
	struct world w;

	setup(&w);
	snprintf(command, sizeof(command),
		 "cd %s && printf '" PASSPHRASE "' >old && printf '" WORLD_RECOVERY "' >new && cryptsetup "
		 "luksAddKey -q --unbound --key-size 512 --key-slot 3 --pbkdf pbkdf2 "
		 "--pbkdf-force-iterations 1000 --key-file old image new",
		 w.dir);
	assert_int_equal(system(command), 0);
	v = world_volume(&w);
	check_ok(volume_named_set(v, RECOVERY_TOKEN_TYPE, 1u << 3, &err));
	volume_close(v);
	assert_int_not_equal(world_run_with(&w, NULL, WORLD_RECOVERY "\n", "recover", NULL), 0);
	assert_false(world_has(&w, "activated"));
	world_teardown(&w);
}

/* `recover`: the recovery token's keyslot, with the same name and flags. */
static void test_recover(void **state)
{
	struct secret passphrase = SECRET_NONE, key = SECRET_NONE;
	struct volume *v;
	struct world w;
	int slot;

	setup(&w);
	assert_int_equal(secret_new(strlen(PASSPHRASE), &passphrase), 0);
	memcpy(passphrase.bytes, PASSPHRASE, passphrase.len);
	assert_int_equal(secret_new(strlen(WORLD_RECOVERY), &key), 0);
	memcpy(key.bytes, WORLD_RECOVERY, key.len);
	v = world_volume(&w);
	check_ok(volume_keyslot_add(v, &passphrase, &key, &err, &slot));
	check_ok(volume_named_set(v, RECOVERY_TOKEN_TYPE, 1u << slot, &err));
	volume_close(v);
	secret_free(&passphrase);
	secret_free(&key);
	crypttab(&w, ",discard,no-write-workqueue");
	assert_int_equal(world_run_with(&w, NULL, WORLD_RECOVERY "\n", "recover", NULL), 0);
	recorded(&w, "image", "root", slot,
		 CRYPT_ACTIVATE_ALLOW_DISCARDS | CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE, WORLD_RECOVERY);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags_of_crypttab),
		cmocka_unit_test(test_exactly_that_keyslot),
		cmocka_unit_test(test_two_volumes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_none_while_the_window_is_open),
		cmocka_unit_test(test_none_that_cannot_be_noted),
		cmocka_unit_test(test_none_after_the_header_changed),
		cmocka_unit_test(test_none_beside_a_token_of_another_index),
		cmocka_unit_test(test_none_by_an_unbound_keyslot),
		cmocka_unit_test(test_recover),
	};
	ssize_t n = readlink("/proc/self/exe", recorder, sizeof(recorder) - 32);

	if (n < 0)
		return 1;
	recorder[n] = '\0';
	strcpy(strrchr(recorder, '/'), "/unlock-recorder");
	return cmocka_run_group_tests_name("activation", tests, world_make_image, world_remove_image);
}
