/*
 * The built bootseal-unlock in the initrd of a machine that was deployed: no anchor, a token of the first
 * boot in the header, a TPM of which only the storage key was known when the key was sealed.
 */
#include "deployed.h"
#include "unlock_world.h"

#include "seal/token_first_boot.h"
#include "seal/volume_keyslot.h"
#include "seal/window_text.h"

#define RESETS 3u

/* The machine as it was deployed: `more` resets from now on. */
static void deploy(struct world *w, uint32_t more)
{
	struct first_boot_token token = FIRST_BOOT_TOKEN_NONE;
	struct deployed d;
	struct buffer json = BUFFER_NONE;
	char path[80];

	world_setup(w);
	tpm_close(w->f.t);
	w->f.t = NULL;
	d.f = w->f;
	deployed_tools(&d.f.swtpm, "tpm2_readpublic -Q -c 0x81000001 -o srk.pub", &d.srk);
	snprintf(path, sizeof(path), "%s/srk.pub", d.f.swtpm.dir);
	unlink(path);
	assert_memory_equal(&d.srk.name, &w->f.srk, sizeof(d.srk.name));
	check_ok(tpm_open(d.f.swtpm.tcti, &err, &d.f.t));
	deployed_seal(&d, 3, 1, more);
	tpm_close(d.f.t);
	token.keyslot = w->token.keyslot;
	token.kind = FIRST_BOOT_SEALED;
	token.sealed = d.sealed;
	check_ok(first_boot_token_format(&token, &err, &json));
	world_remove_token(w);
	world_import_token(w, buffer_str(&json));
	buffer_free(&json);
	world_remove(w, "anchor");
	world_write(w, "deployed", "1\n");
}

static bool key_opens(const struct world *w)
{
	struct secret key = SECRET_NONE;
	struct volume *v = world_volume(w);
	struct buffer b = BUFFER_NONE;
	int r, slot;

	check_ok(file_read(world_path(w, "run/first-boot.key"), 64, &err, &b));
	assert_int_equal(secret_new(b.len, &key), 0);
	memcpy(key.bytes, b.data, b.len);
	r = volume_keyslot_test(v, w->token.keyslot, &key, NULL, &slot);
	secret_free(&key);
	buffer_free(&b);
	volume_close(v);
	return r == 0;
}

/* Nothing is handed out, the window is closed, and cryptroot will ask. */
static void is_refused(struct world *w, int code, const char *words)
{
	char expected[256];

	assert_int_equal(world_run(w, NULL, "open", NULL), code);
	says(w, "first boot: not unlocked by the TPM");
	says(w, words);
	assert_false(world_has(w, "run/first-boot.key"));
	assert_false(world_has(w, "run/opened"));
	snprintf(expected, sizeof(expected), "root %s/image none luks,discard\n", w->dir);
	world_is(w, "crypttab", expected);
	window_is(w, WINDOW_CLOSED_TEXT);
}

static void releases_the_key(void **state)
{
	struct world w;
	struct stat st;
	char expected[512];

	deploy(&w, RESETS);
	world_write(&w, "crypttab",
		    "# a comment\n other  UUID=1-2 none plain\n root\t%s/image\tnone  luks,discard # x\n",
		    w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: first boot: the TPM has released the key");
	assert_int_equal(stat(world_path(&w, "run/first-boot.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0400);
	assert_true(key_opens(&w));
	assert_true(world_has(&w, "run/opened"));
	snprintf(expected, sizeof(expected),
		 "# a comment\n other  UUID=1-2 none plain\n root\t%s/image %s/run/first-boot.key  "
		 "luks,discard # x\n",
		 w.dir, w.dir);
	world_is(&w, "crypttab", expected);
	leaves(&w, "\"exit\":0,\"window\":\"closed\",\"reason\":\"\"");
	window_is(&w, opened_text(&w));
	fixture_clean(&w.f, 0);
	/* before a shell: the key is gone, and no mapping was made yet */
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 0);
	assert_false(world_has(&w, "run/first-boot.key"));
	assert_false(world_has(&w, "run/opened"));
	/* once in a boot */
	world_write(&w, "crypttab", "root %s/image none luks,discard\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the window is closed");
	assert_false(world_has(&w, "run/first-boot.key"));
	world_teardown(&w);
}

/* The power went while the first boot changed the volume key: the token names a second keyslot by now. */
static void releases_it_during_reencryption(void **state)
{
	struct world w;
	char command[512];

	deploy(&w, RESETS);
	snprintf(command, sizeof(command),
		 "cd %s && printf '%%s' '" TEST_KEY "' >key && cryptsetup reencrypt --init-only -q "
		 "--key-file key --key-slot %d --pbkdf pbkdf2 --pbkdf-force-iterations 1000 image && "
		 "cryptsetup luksDump image | grep -q online-reencrypt",
		 w.dir, w.token.keyslot);
	assert_int_equal(system(command), 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: first boot: the TPM has released the key");
	snprintf(command, sizeof(command), "cmp %s/key %s/run/first-boot.key", w.dir, w.dir);
	assert_int_equal(system(command), 0);
	world_teardown(&w);
}

/* A TPM that comes first and cannot even be asked for its storage key has not the last word. */
static void asks_the_other_tpm(void **state)
{
	struct swtpm other;
	struct world w;
	char command[256];

	deploy(&w, RESETS);
	swtpm_start(&other);
	snprintf(command, sizeof(command), "tpm2_changeauth -Q -T %s -c owner password", other.tcti);
	assert_int_equal(system(command), 0);
	w.first_tcti = other.tcti;
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: first boot: the TPM has released the key");
	assert_true(key_opens(&w));
	window_is(&w, opened_text(&w));
	fixture_clean(&w.f, 0);
	world_teardown(&w);
	swtpm_stop(&other);
}

static void refuses_another_boot(void **state)
{
	const uint8_t digest[SHA256_LEN] = { 1 };
	struct world w;

	deploy(&w, RESETS);
	swtpm_extend(&w.f.swtpm, 9, digest);
	is_refused(&w, 5, "PCR 9");
	world_teardown(&w);
}

static void refuses_after_the_resets(void **state)
{
	struct world w;

	deploy(&w, 0);
	swtpm_reboot(&w.f.swtpm);
	deployed_measure(&w.f.swtpm);
	is_refused(&w, 5, "no longer valid");
	world_teardown(&w);
}

/* Whoever takes the token away must not get an open window with it. */
static void closes_without_a_token(void **state)
{
	struct world w;

	char command[256];

	deploy(&w, RESETS);
	snprintf(command, sizeof(command), "cryptsetup token remove --token-id 0 %s/image", w.dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "it was not deployed for a machine");
	window_is(&w, WINDOW_CLOSED_TEXT);
	world_teardown(&w);
}

static void closes_without_a_volume(void **state)
{
	struct world w;

	deploy(&w, RESETS);
	world_write(&w, "crypttab", "root /nonexistent none luks\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "its device /nonexistent is missing");
	window_is(&w, WINDOW_CLOSED_TEXT);
	world_write(&w, "crypttab", "root %s/image /a/key luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "names no volume to be unlocked");
	world_teardown(&w);
}

static void closes_before_a_shell(void **state)
{
	struct world w;

	deploy(&w, RESETS);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, WINDOW_CLOSED_TEXT);
	is_refused(&w, 5, "the window is closed");
	world_teardown(&w);
}

/* An initrd of another kind is none of this. */
static void leaves_other_machines_alone(void **state)
{
	struct world w;

	deploy(&w, RESETS);
	world_remove(&w, "deployed");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 3);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 3);
	window_is(&w, NULL);
	world_teardown(&w);
}

/* An anchor counts more than a token that anyone can write. */
static void an_enrolled_machine_takes_no_such_token(void **state)
{
	struct world w;

	deploy(&w, RESETS);
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_false(world_has(&w, "run/first-boot.key"));
	window_is(&w, WINDOW_CLOSED_TEXT);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_the_key),
		cmocka_unit_test(releases_it_during_reencryption),
		cmocka_unit_test(asks_the_other_tpm),
		cmocka_unit_test(refuses_another_boot),
		cmocka_unit_test(refuses_after_the_resets),
		cmocka_unit_test(closes_without_a_token),
		cmocka_unit_test(closes_without_a_volume),
		cmocka_unit_test(closes_before_a_shell),
		cmocka_unit_test(leaves_other_machines_alone),
		cmocka_unit_test(an_enrolled_machine_takes_no_such_token),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
