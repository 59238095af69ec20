/*
 * The built bootseal-unlock against a software TPM and a LUKS2 volume in a file: everything but the mapping
 * itself.
 */
#include "fixture.h"

#include "proxy.h"
#include "base/file.h"
#include "base/text.h"
#include "seal/anchor.h"
#include "seal/token.h"
#include "seal/volume.h"
#include "unlock_world.h"

static void test_opens(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 0);
	assert_in_range(proxy_stop(&p), 1, 13);
	says(&w, "root: unlocked by the TPM");
	leaves(&w, "\"exit\":0,\"window\":\"closed\",\"reason\":\"\",\"generation\":1,\"branch\":101,"
		   "\"differing\":[]");
	leaves(&w, "\"result\":\"opened\"");
	window_is(&w, opened_text(&w));
	fixture_clean(&w.f, 0);
	/* the second time it is too late */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "root: not unlocked by the TPM: the window is closed");
	leaves(&w, "\"exit\":0,");
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

static void test_names_the_pcr(void **state)
{
	struct world w;
	uint8_t digest[SHA256_LEN] = { 1 };
	struct proxy p;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, digest);
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 5);
	proxy_stop(&p);
	says(&w, "root: not unlocked by the TPM: PCR 8 (the boot loader's commands and the kernel command "
		 "line) differs");
	leaves(&w, "\"exit\":5,\"window\":\"closed\"");
	leaves(&w, "\"differing\":[8]");
	window_is(&w, "bootseal closed");
	/* and still says so when cryptroot's prompt failed and local-block calls again */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "PCR 8");
	world_teardown(&w);
}

static void test_two_pcrs(void **state)
{
	struct world w;
	uint8_t digest[SHA256_LEN] = { 1 };

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 4, digest);
	swtpm_extend(&w.f.swtpm, 14, digest);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "PCR 4 (the boot loaders and the kernel) and PCR 14 (");
	leaves(&w, "\"differing\":[4,14]");
	world_teardown(&w);
}

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

/* The passphrase must not be typed into a header that is not the enrolled one, unless a person insists. */
static void test_foreign_header(void **state)
{
	struct world w;

	world_setup(&w);
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	world_write(&w, "crypttab",
		    "# a comment\nother UUID=1234-5678 none luks\n  root %s/image none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its LUKS2 header changed");
	leaves(&w, "\"result\":\"header\"");
	window_is(&w, "bootseal closed");
	world_is(&w, "crypttab", "# a comment\nother UUID=1234-5678 none luks\n");
	/* neither an end of input nor another word is a yes */
	assert_int_equal(world_confirm(&w, ""), 1);
	says(&w, "type YES");
	assert_int_equal(world_confirm(&w, "yes\n"), 1);
	assert_int_equal(world_confirm(&w, "YESS\n"), 1);
	assert_true(world_has(&w, "run/held"));
	/* a second run keeps holding */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	world_is(&w, "crypttab", "# a comment\nother UUID=1234-5678 none luks\n");
	assert_true(world_has(&w, "run/ask"));
	assert_int_equal(world_confirm(&w, "YES\n"), 0);
	assert_false(world_has(&w, "run/ask"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_false(world_has(&w, "run/held"));
	assert_false(world_has(&w, "run/ask"));
	assert_false(world_has(&w, "crypttab.held"));
	/* nothing is held, so nothing is asked */
	assert_int_equal(world_confirm(&w, ""), 0);
	says_not(&w, "YES");
	world_teardown(&w);
}

static void test_foreign_uuid(void **state)
{
	struct world w;

	world_setup(&w);
	strcpy(w.anchor.target[0].uuid, "01234567-89ab-cdef-0123-456789abcdef");
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its UUID is not the enrolled 01234567-89ab-cdef-0123-456789abcdef");
	assert_true(world_has(&w, "run/held"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_no_luks(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "image", "nothing of the kind\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_true(world_has(&w, "run/held"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

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

/* While the device is not there cryptroot sees no target; then it is opened as if nothing had been. */
static void test_late_device(void **state)
{
	struct world w;
	char *crypttab;

	world_setup(&w);
	crypttab = world_read(&w, "crypttab");
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "bootseal: root: its device ");
	says(&w, "; waiting for it");
	window_is(&w, NULL);
	world_is(&w, "crypttab", "");
	assert_false(world_has(&w, "run/unlock.json"));
	assert_true(world_has(&w, "run/waiting"));
	assert_false(world_has(&w, "run/ask"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says_not(&w, "bootseal");
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	world_is(&w, "crypttab", crypttab);
	assert_false(world_has(&w, "run/held"));
	assert_false(world_has(&w, "run/waiting"));
	leaves(&w, "\"exit\":0,");
	window_is(&w, opened_text(&w));
	free(crypttab);
	world_teardown(&w);
}

static void test_device_never_comes(void **state)
{
	struct world w;

	world_setup(&w);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/waiting"));
	leaves(&w, "\"command\":\"close\",\"exit\":0,\"window\":\"closed\",\"reason\":\"root: its device ");
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "image is missing; since then the window is closed");
	world_teardown(&w);
}

/*
 * Cryptroot would ask for the other volume, with the window open: while ours is missing it sees neither. Then
 * ours is unlocked, and cryptroot asks for the other one.
 */
static void test_late_device_beside_another(void **state)
{
	struct world w;
	char *crypttab;

	world_setup(&w);
	world_write(&w, "other", "a locked volume");
	world_write(&w, "crypttab", "root %s/image none luks\nother %s/other none luks\n", w.dir, w.dir);
	crypttab = world_read(&w, "crypttab");
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "; waiting for it");
	assert_true(world_is_null_link(&w, "crypttab"));
	assert_true(world_has(&w, "run/waiting"));
	window_is(&w, NULL);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_true(world_is_null_link(&w, "crypttab"));
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: unlocked by the TPM");
	world_is(&w, "crypttab", crypttab);
	window_is(&w, opened_text(&w));
	free(crypttab);
	world_teardown(&w);
}

/* Perhaps the missing device is on the other volume: after the window is closed cryptroot may ask for it. */
static void test_late_device_under_another(void **state)
{
	struct world w;
	char rest[128];

	world_setup(&w);
	world_write(&w, "other", "a locked volume");
	world_write(&w, "crypttab", "root %s/later none luks\nother %s/other none luks\n", w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	snprintf(rest, sizeof(rest), "other %s/other none luks\n", w.dir);
	world_is(&w, "crypttab", rest);
	assert_false(world_has(&w, "run/waiting"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	world_is(&w, "crypttab", rest);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	assert_false(world_has(&w, "run/held"));
	world_teardown(&w);
}

static void test_second_target_absent(void **state)
{
	struct world w;
	char crypttab[128];

	world_setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "data %s/later none luks\nroot %s/image none luks\n", w.dir, w.dir);
	snprintf(crypttab, sizeof(crypttab), "root %s/image none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "root: unlocked by the TPM");
	says(&w, "data: not unlocked by the TPM: its device");
	window_is(&w, opened_text(&w));
	/* cryptroot does not see it while it is absent, and asks nothing */
	assert_false(world_has(&w, "run/ask"));
	world_is(&w, "crypttab", crypttab);
	world_teardown(&w);
}

static void test_two_targets(void **state)
{
	struct world w;
	char text[1100], pin[2 * SHA256_LEN + 1];

	world_setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "data %s/data none luks\nroot %s/image none luks\n", w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	text_hex(w.anchor.target[1].volume_pin, SHA256_LEN, pin);
	snprintf(text, sizeof(text), "%s\ndata %s %s", opened_text(&w), w.anchor.target[1].uuid, pin);
	window_is(&w, text);
	fixture_clean(&w.f, 0);
	world_teardown(&w);
}

static void test_cryptopts(void **state)
{
	struct world w;

	/*
	 * the command line replaces the crypttab; while its device is absent cryptroot finds none that it
	 * could write
	 */
	world_setup(&w);
	world_write(&w, "cmdline", "ro cryptopts=target=root,source=%s/later,luks quiet\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_true(world_is_null_link(&w, "crypttab"));
	window_is(&w, NULL);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	assert_false(world_is_null_link(&w, "crypttab"));
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

/* A name that is spelled with escapes cannot be taken out of the crypttab: all of it goes. */
static void test_escaped_name(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "r\\157ot %s/later none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "root: its device");
	assert_true(world_is_null_link(&w, "crypttab"));
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	assert_false(world_is_null_link(&w, "crypttab"));
	world_teardown(&w);
}

static void test_no_target_in_crypttab(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "other /nonexistent none luks\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 3);
	says(&w, "not unlocked by the TPM: the crypttab in the initrd names no enrolled volume");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_unsupported_option(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "root %s/image none luks,header=/x\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "header");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_nothing_enrolled(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	world_remove(&w, "anchor");
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 3);
	assert_int_equal(world_run(&w, p.tcti, "close", NULL), 3);
	assert_int_equal(proxy_stop(&p), 0);
	says_not(&w, "bootseal");
	world_teardown(&w);
}

static void test_bad_files(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "anchor", "bootseal-anchor 1\nsrk 00\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "anchor");
	leaves(&w, "\"exit\":1,\"window\":\"closed\"");
	assert_true(world_has(&w, "run/prompt"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	world_setup(&w);
	world_write(&w, "anchor", "bootseal-anchor 1\nsrk 00\n");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	world_setup(&w);
	world_write(&w, "crypttab", "root \\x %s none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "crypttab");
	window_is(&w, "bootseal closed");
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

static void test_close(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	leaves(&w, "\"command\":\"close\",\"exit\":0,\"window\":\"closed\"");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the window was closed before any volume was unlocked");
	world_teardown(&w);
}

static void test_usage(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "open", "nobody"), 2);
	says(&w, "nobody: no such volume");
	assert_int_equal(world_run(&w, NULL, "open", "root"), 0);
	assert_int_equal(world_run(&w, NULL, "unseal", NULL), 2);
	says(&w, "unknown command 'unseal'");
	assert_int_equal(world_run(&w, NULL, "--help", NULL), 0);
	says(&w, "root DIR");
	/* a rescue shell has no manual: what it needs fits on a small console */
	assert_int_equal(world_run(&w, NULL, "help", NULL), 2);
	says(&w, "explain [NAME...]  say why");
	says(&w, "recover [NAME...]  ask for the recovery key");
	says(&w, "--help");
	says_not(&w, "--tcti");
	assert_int_equal(world_run(&w, NULL, "--explain", NULL), 0);
	says(&w, "This boot    the TPM unlocked the volumes");
	assert_int_equal(world_run(&w, NULL, "--explain", "nobody"), 2);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_names_the_pcr),
		cmocka_unit_test(test_two_pcrs),
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
		cmocka_unit_test(test_foreign_header),
		cmocka_unit_test(test_foreign_uuid),
		cmocka_unit_test(test_no_luks),
		cmocka_unit_test(test_no_tpm),
		cmocka_unit_test(test_late_device),
		cmocka_unit_test(test_device_never_comes),
		cmocka_unit_test(test_late_device_beside_another),
		cmocka_unit_test(test_late_device_under_another),
		cmocka_unit_test(test_second_target_absent),
		cmocka_unit_test(test_two_targets),
		cmocka_unit_test(test_cryptopts),
		cmocka_unit_test(test_escaped_name),
		cmocka_unit_test(test_no_target_in_crypttab),
		cmocka_unit_test(test_unsupported_option),
		cmocka_unit_test(test_nothing_enrolled),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_window_stays_open),
		cmocka_unit_test(test_event_fails_once),
		cmocka_unit_test(test_window_of_a_rejected_boot),
		cmocka_unit_test(test_dead_tpm),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
