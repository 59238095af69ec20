/*
 * Volumes are files here, made by Debian's own cryptsetup. Activation needs device-mapper: the VM tests do
 * it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <libcryptsetup.h>

#include "base/text.h"
#include "seal/volume.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "seal_samples.h"

#define UUID "12345678-abcd-4cde-8fab-0123456789ab"
#define FORMAT                                                                                            \
	"cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid " UUID \
	" --key-file pass "

static char dir[] = "/tmp/bootseal-volume-XXXXXX";
static struct secret pass, key, wrong;
static uint8_t good_pin[SHA256_LEN];

static void sh(const char *command)
{
	char full[512];

	snprintf(full, sizeof(full), "cd %s && { %s; } >>log 2>&1", dir, command);
	if (system(full) != 0)
		fail_msg("%s", full);
}

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct volume *opened(const char *name)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;

	if (volume_open(in_dir(name), &err, &v) < 0)
		fail_msg("%s", err.text);
	return v;
}

static void make_secret(const char *text, struct secret *ret)
{
	assert_int_equal(secret_new(strlen(text), ret), 0);
	memcpy(ret->bytes, text, strlen(text));
}

/*
 * good.img has keyslot 0 for pass, 1 for the TPM's key and our token; other.img the same over another volume
 * key.
 */
static void enroll(const char *name)
{
	struct volume *v = opened(name);
	struct error err = ERROR_NONE;
	struct token t;
	int slot = -1, id = -1;

	if (volume_keyslot_add(v, &pass, &key, &err, &slot) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(slot, 1);
	sample_token(&t, slot, 1, 2, 300);
	if (volume_token_write(v, -1, &t, &err, &id) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(id, 0);
	volume_close(v);
}

static int set_up(void **state)
{
	char command[512], cwd[256];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_non_null(mkdtemp(dir));
	make_secret("correct horse", &pass);
	make_secret("the TPM's 32 bytes of random key", &key);
	make_secret("wrong", &wrong);
	sh("printf 'correct horse' >pass; truncate -s 17M base.img; " FORMAT "base.img");
	sh("truncate -s 17M other.img; " FORMAT "other.img; cp base.img good.img; truncate -s 17M plain.img");
	enroll("good.img");
	enroll("other.img");
	snprintf(command, sizeof(command),
		 "mkdir evil; python3 %s/tests/evil/luks2.py all good.img other.img evil", cwd);
	sh(command);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	secret_free(&pass);
	secret_free(&key);
	secret_free(&wrong);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void pin_of(const char *name, int keyslot, uint8_t ret[SHA256_LEN])
{
	struct volume *v = opened(name);
	struct error err = ERROR_NONE;

	if (volume_pin(v, keyslot, &err, ret) < 0)
		fail_msg("%s", err.text);
	volume_close(v);
}

static void what_is_no_volume(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;

	assert_int_equal(volume_open(in_dir("nowhere"), &err, &v), -ENOENT);
	assert_int_equal(volume_open(in_dir("plain.img"), &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "plain.img"));
	assert_int_equal(volume_open(in_dir("evil/upper-uuid.img"), &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "UUID"));
	assert_int_equal(volume_open(dir, &err, &v), -EIO);
	assert_null(v);
	volume_close(NULL);
}

static void keyslots(void **state)
{
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	int slot = -1;

	assert_string_equal(volume_uuid(v), UUID);
	assert_int_equal(volume_keyslot_count(v), 2);
	assert_int_equal(volume_keyslot_test(v, -1, &pass, &err, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(volume_keyslot_test(v, 1, &key, &err, &slot), 0);
	assert_int_equal(slot, 1);
	slot = -9;
	assert_int_equal(volume_keyslot_test(v, 1, &pass, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, 0, &key, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, 5, &key, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, -1, &wrong, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_add(v, &wrong, &key, &err, &slot), -EPERM);
	assert_int_equal(slot, -9);
	assert_int_equal(volume_keyslot_count(v), 2);
	volume_close(v);
}

/* An unbound keyslot, which libcryptsetup tries as well, makes it answer ENOENT instead. */
static void wrong_beside_an_unbound_keyslot(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	int slot = -9;

	sh("cp good.img unbound.img; printf unbound >unbound; cryptsetup -q luksAddKey --unbound --key-size "
	   "256 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 unbound.img unbound");
	v = opened("unbound.img");
	assert_int_equal(volume_keyslot_count(v), 3);
	assert_int_equal(volume_keyslot_test(v, -1, &wrong, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_add(v, &wrong, &key, &err, &slot), -EPERM);
	assert_int_equal(slot, -9);
	volume_close(v);
}

static void all_keyslots_taken(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	int slot = -9;

	sh("cp good.img slots.img");
	v = opened("slots.img");
	for (int i = 2; i < KEYSLOT_MAX; i++) {
		assert_int_equal(volume_keyslot_add(v, &pass, &key, &err, &slot), 0);
		assert_int_equal(slot, i);
	}
	assert_int_equal(volume_keyslot_add(v, &pass, &key, &err, &slot), -ENOSPC);
	assert_int_equal(volume_keyslot_count(v), KEYSLOT_MAX);
	volume_close(v);
}

static void our_keyslot_is_cheap(void **state)
{
	sh("cryptsetup luksDump good.img | sed -n '/^  1: luks2/,/^Tokens/p' >slot1");
	sh("grep -q 'PBKDF: *pbkdf2' slot1 && grep -qE 'Iterations: 1[0-2][0-9][0-9]$' slot1 && grep -q "
	   "'Cipher: *aes-xts-plain64' slot1 && grep -q 'Hash: *sha256' slot1");
}

/* What an interrupted run left is told from everything else. */
static void planned_keyslot_is_known_again(void **state)
{
	struct keyslot_plan plan, other;
	struct error err = ERROR_NONE;
	struct volume *v;
	struct token t;
	int id;

	sh("cp base.img planned.img");
	v = opened("planned.img");
	assert_int_equal(volume_keyslot_plan(v, &err, &plan), 0);
	assert_int_equal(plan.keyslot, 1);
	assert_in_range(plan.iterations, 1001, 1256);
	assert_false(volume_keyslot_is_unnamed(v, &plan)); /* nothing is there yet */
	assert_int_equal(volume_keyslot_add_planned(v, &pass, &key, &plan, &err), 0);
	assert_true(volume_keyslot_is_unnamed(v, &plan));
	assert_int_equal(volume_keyslot_add_planned(v, &pass, &key, &plan, &err), -EIO); /* taken */
	other = plan;
	other.iterations++;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other = plan;
	other.keyslot = 0; /* the passphrase's */
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other.keyslot = -1;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other.keyslot = KEYSLOT_MAX;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	/* a token names it: it is in use */
	sample_token(&t, plan.keyslot, 1, 2, 300);
	assert_int_equal(volume_token_write(v, -1, &t, &err, &id), 0);
	assert_false(volume_keyslot_is_unnamed(v, &plan));
	assert_int_equal(volume_token_remove(v, id, &err), 0);
	/* another's of the same number, as cryptsetup makes them */
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	volume_close(v);
	sh("printf two >two; cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
	   "--key-file pass planned.img two");
	v = opened("planned.img");
	assert_int_equal(volume_keyslot_count(v), 2);
	assert_false(volume_keyslot_is_unnamed(v, &plan));
	volume_close(v);
}

static void last_keyslot_stays(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;

	sh("cp good.img last.img");
	v = opened("last.img");
	assert_int_equal(volume_keyslot_remove(v, 32, &err), -EINVAL);
	assert_int_equal(volume_keyslot_remove(v, -1, &err), -EINVAL);
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	assert_int_equal(volume_keyslot_remove(v, 0, &err), -EBUSY);
	assert_int_equal(volume_keyslot_count(v), 1);
	volume_close(v);
}

/* After the keyslot went the token names none: it cannot be read, but must still be found and removed. */
static void remove_all(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	struct token t;
	int id = -1;

	sh("cp good.img gone.img");
	v = opened("gone.img");
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	assert_int_equal(volume_token(v, &err, &id, &t), -EBADMSG);
	assert_int_equal(volume_token_find(v, 0, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(volume_token_remove(v, id, &err), 0);
	assert_int_equal(volume_token_remove(v, id, &err), -ENODATA);
	assert_int_equal(volume_token_find(v, 0, &id), -ENODATA);
	assert_int_equal(volume_token(v, &err, &id, &t), -ENODATA);
	volume_close(v);
	v = opened("gone.img");
	assert_int_equal(volume_token(v, &err, &id, &t), -ENODATA);
	volume_close(v);
}

static void tokens(void **state)
{
	struct error err = ERROR_NONE;
	struct token t, found;
	struct volume *v;
	int id = -1;

	sh("cp good.img token.img");
	v = opened("token.img");
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_int_equal(id, 0);
	sample_token(&t, 1, 1, 2, 300);
	assert_memory_equal(&t, &found, sizeof(t));
	assert_int_equal(volume_token_write(v, -1, &t, &err, &id), -EEXIST);
	assert_int_equal(volume_token_write(v, 3, &t, &err, &id), -ENODATA);
	sample_token(&t, 1, 2, 32, 1024);
	assert_int_equal(volume_token_write(v, 0, &t, &err, &id), 0);
	volume_close(v);
	v = opened("token.img");
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_memory_equal(&t, &found, sizeof(t));
	volume_close(v);
}

/*
 * 32 branches in two generations and an object of 1 KB beside three keyslots, in a header as Debian makes it.
 */
static void largest_token_fits(void **state)
{
	struct error err = ERROR_NONE;
	size_t before, after;
	struct token t;
	struct volume *v;
	int id;

	sh("cp good.img large.img; printf two >two; "
	   "cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass large.img "
	   "two");
	v = opened("large.img");
	assert_int_equal(volume_keyslot_count(v), 3);
	assert_int_equal(volume_json_room(v, &err, &before), 0);
	sample_token(&t, 1, 2, 32, 1024);
	assert_int_equal(volume_token_write(v, 0, &t, &err, &id), 0);
	assert_int_equal(volume_json_room(v, &err, &after), 0);
	assert_in_range(after, 1000, before);
	print_message("# room in the header: %zu bytes with a small token, %zu with the largest\n", before,
		      after);
	volume_close(v);
	sh("cryptsetup luksDump large.img && cryptsetup open --test-passphrase --key-file two large.img");
}

/* Exactly as many bytes as volume_json_room says fit, and one more does not. */
static void no_room(void **state)
{
	uint8_t before[SHA256_LEN], after[SHA256_LEN];
	struct error err = ERROR_NONE;
	struct token t, found;
	struct volume *v;
	size_t room;
	char command[512];
	int id, r;

	sh("cp good.img full.img");
	v = opened("full.img");
	assert_int_equal(volume_json_room(v, &err, &room), 0);
	volume_close(v);
	/* a foreign token takes all room but 40 bytes, of which 39 are its own frame and comma */
	snprintf(command, sizeof(command),
		 "printf '{\"type\":\"other\",\"keyslots\":[],\"x\":\"%%s\"}' \"$(head -c %zu /dev/zero | tr "
		 "'\\0' a)\" | cryptsetup token import --token-id 9 full.img",
		 room - 39 - 40);
	sh(command);
	v = opened("full.img");
	assert_int_equal(volume_json_room(v, &err, &room), 0);
	assert_in_range(room, 20, 60);
	assert_int_equal(volume_pin(v, 1, &err, before), 0);
	sample_token(&t, 1, 2, 2, 300);
	r = volume_token_write(v, 0, &t, &err, &id);
	assert_int_equal(r, -ENOSPC);
	/* nothing has changed, neither on the disk nor in memory */
	sample_token(&t, 1, 1, 2, 300);
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_memory_equal(&t, &found, sizeof(t));
	volume_close(v);
	v = opened("full.img");
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_memory_equal(&t, &found, sizeof(t));
	assert_int_equal(volume_pin(v, 1, &err, after), 0);
	assert_memory_equal(before, after, SHA256_LEN);
	/* 30 bytes more of the object are 40 of the token */
	t.object_len = 300 + room / 4 * 3;
	r = volume_token_write(v, 0, &t, &err, &id);
	if (r < 0)
		fail_msg("%zu bytes free, but: %s", room, err.text);
	t.object_len += 3;
	assert_int_equal(volume_token_write(v, 0, &t, &err, &id), -ENOSPC);
	volume_close(v);
}

/* Another program writes the header between our reading and our writing. */
static void header_changes_under_us(void **state)
{
	struct error err = ERROR_NONE;
	struct token t, found;
	struct volume *v;
	int id = -1;

	sh("cp good.img race.img");
	v = opened("race.img");
	sh("cryptsetup -q config race.img --label hello; "
	   "cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass race.img "
	   "two");
	assert_int_equal(volume_keyslot_count(v), 2);
	sample_token(&t, 1, 2, 3, 300);
	assert_int_equal(volume_token_write(v, 0, &t, &err, &id), 0);
	assert_int_equal(volume_keyslot_count(v), 3);
	volume_close(v);
	v = opened("race.img");
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_memory_equal(&t, &found, sizeof(t));
	assert_int_equal(volume_keyslot_count(v), 3);
	volume_close(v);
	sh("cryptsetup luksDump race.img | grep -q 'Label:[[:space:]]*hello'");
}

/*
 * Three programs write labels all the time: libcryptsetup turns some of our writes away, and all of them
 * arrive in the end.
 */
static void header_changes_while_we_write(void **state)
{
	struct error err = ERROR_NONE;
	struct token t, found;
	struct volume *v;
	int id = 0, status;
	pid_t pid;

	sh("cp good.img busy.img");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sh("for n in 1 2 3; do for i in 1 2 3 4 5 6 7 8; do cryptsetup -q config busy.img --label "
		   "l$n$i; done & done; wait");
		_exit(0);
	}
	v = opened("busy.img");
	sample_token(&t, 1, 1, 1, 300);
	for (unsigned i = 1; i <= 80; i++) {
		t.generation[0].number = i;
		if (volume_token_write(v, 0, &t, &err, &id) < 0)
			fail_msg("%u: %s", i, err.text);
	}
	volume_close(v);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	v = opened("busy.img");
	assert_int_equal(volume_token(v, &err, &id, &found), 0);
	assert_int_equal(found.generation[0].number, 80);
	volume_close(v);
}

static void pin_survives(void **state)
{
	static const char *const changes[] = {
		"cryptsetup -q luksAddKey --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 32 "
		"--key-file pass p.img two",
		"cryptsetup -q luksAddKey --unbound --key-size 256 --pbkdf pbkdf2 --pbkdf-force-iterations "
		"1000 p.img two",
		"cryptsetup -q luksChangeKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass "
		"p.img two",
		"cryptsetup -q luksConvertKey --pbkdf pbkdf2 --pbkdf-force-iterations 2000 --key-slot 0 "
		"--key-file pass p.img",
		"cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file pass p.img "
		"two && cryptsetup -q luksRemoveKey p.img two",
		"cryptsetup -q config p.img --label l --subsystem s",
		"cryptsetup -q config p.img --key-slot 0 --priority prefer",
		"cryptsetup -q luksHeaderBackup p.img --header-backup-file backup && "
		"dd if=/dev/zero of=p.img bs=1M count=1 conv=notrunc && cryptsetup -q luksHeaderRestore "
		"p.img --header-backup-file backup",
	};
	uint8_t pin[SHA256_LEN];

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		sh("rm -f backup; cp good.img p.img");
		sh(changes[i]);
		pin_of("p.img", 1, pin);
		assert_memory_equal(pin, good_pin, SHA256_LEN);
		pin_of("p.img", -1, pin);
		assert_memory_equal(pin, good_pin, SHA256_LEN);
	}
}

static void pin_changes(void **state)
{
	uint8_t pin[SHA256_LEN];

	sh("cp good.img p.img; cryptsetup -q luksUUID p.img --uuid 12345678-abcd-4cde-8fab-0123456789ac");
	pin_of("p.img", 1, pin);
	assert_memory_not_equal(pin, good_pin, SHA256_LEN);
	pin_of("other.img", 1, pin);
	assert_memory_not_equal(pin, good_pin, SHA256_LEN);
}

static void pin_refuses_reencryption(void **state)
{
	struct error err = ERROR_NONE;
	uint8_t pin[SHA256_LEN];
	struct volume *v;

	sh("cp base.img p.img; cryptsetup -q reencrypt --init-only --pbkdf pbkdf2 --pbkdf-force-iterations "
	   "1000 --key-file pass p.img");
	v = opened("p.img");
	assert_int_equal(volume_pin(v, -1, &err, pin), -EKEYREJECTED);
	assert_non_null(strstr(err.text, "segment"));
	volume_close(v);
}

static void evil_refused(void **state)
{
	/* word: what must be said; opens: libcryptsetup itself opens the TPM's keyslot in it */
	static const struct {
		const char *name, *word;
		bool opens;
	} evil[] = {
		{ "null", "real cipher", true },
		{ "null-essiv", "real cipher", true },
		{ "null-capi", "real cipher", true },
		{ "null-driver", "real cipher", true },
		{ "capi", "real cipher", true },
		{ "upper", "real cipher", true },
		{ "bare", "real cipher", true },
		{ "nul", "real cipher", true },
		{ "backup-final", "exactly one segment", true },
		{ "flagged", "flagged", true },
		{ "no-flags", "flagged", true },
		{ "unknown-member", "unknown member", true },
		{ "extra-digest", "more than one digest", true },
		{ "unbound-keyslot", "keyslot", false },
		{ "area-null", "keyslot does not name a real cipher", false },
		{ "slow", "few iterations", false },
		{ "argon", "few iterations", false },
		{ "key-size", "key size", false },
	};
	struct error err;
	uint8_t pin[SHA256_LEN];
	struct volume *v;
	char name[64];
	int slot;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i].name);
		v = opened(name);
		err = ERROR_NONE;
		if (volume_pin(v, 1, &err, pin) != -EKEYREJECTED || !strstr(err.text, evil[i].word))
			fail_msg("%s: not refused for its %s: %s", name, evil[i].word, err.text);
		if (evil[i].opens && volume_keyslot_test(v, 1, &key, &err, &slot) < 0)
			fail_msg("%s: libcryptsetup does not open it, so the test shows nothing: %s", name,
				 err.text);
		volume_close(v);
	}
}

/* Sound headers, but not the one that was pinned. */
static void evil_differs(void **state)
{
	static const struct {
		const char *name;
		bool opens;
	} evil[] = {
		{ "weaker", true },       { "offset", true },
		{ "size", true },         { "iv-tweak", true },
		{ "sector", true },       { "integrity", false },
		{ "digest-hash", false }, { "digest-iterations", false },
		{ "digest-salt", false }, { "digest-value", false },
		{ "other-key", true },
	};
	uint8_t pin[SHA256_LEN];
	struct error err;
	struct volume *v;
	char name[64];
	int slot;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i].name);
		pin_of(name, 1, pin);
		if (memcmp(pin, good_pin, SHA256_LEN) == 0)
			fail_msg("%s: the same pin", name);
		v = opened(name);
		if (evil[i].opens && volume_keyslot_test(v, 1, &key, &err, &slot) < 0)
			fail_msg("%s: libcryptsetup does not open it, so the test shows nothing: %s", name,
				 err.text);
		volume_close(v);
	}
}

/* libcryptsetup itself refuses these today; should that change, the pin must refuse them. */
static void evil_refused_by_either(void **state)
{
	static const char *const evil[] = { "backup-uncovered", "reencrypt-segment",    "linear",
					    "requirement",      "requirement-unknown",  "keyslot-in-two",
					    "uncovered",        "token-keyslot-missing" };
	uint8_t pin[SHA256_LEN];
	struct volume *v;
	struct token t;
	char name[64];
	int id;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i]);
		v = NULL;
		if (volume_open(in_dir(name), NULL, &v) == 0 && volume_token(v, NULL, &id, &t) == 0 &&
		    volume_pin(v, t.keyslot, NULL, pin) == 0)
			fail_msg("%s: accepted", name);
		volume_close(v);
	}
}

static void evil_tokens(void **state)
{
	static const struct {
		const char *name, *word;
		int r;
	} evil[] = {
		{ "two-tokens", "two bootseal tokens", -EEXIST },
		{ "token-no-keyslot", "keyslots", -EBADMSG },
		{ "token-version", "version 2", -EBADMSG },
		{ "token-long", "object", -EBADMSG },
		{ "token-extra", "extra", -EBADMSG },
	};
	struct error err;
	struct volume *v;
	struct token t;
	char name[64];
	int id;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		snprintf(name, sizeof(name), "evil/%s.img", evil[i].name);
		v = opened(name);
		err = ERROR_NONE;
		assert_int_equal(volume_token(v, &err, &id, &t), evil[i].r);
		if (!strstr(err.text, evil[i].word))
			fail_msg("%s: \"%s\"", name, err.text);
		assert_int_equal(volume_token_find(v, 0, &id), 0);
		volume_close(v);
	}
}

/* The token sends us to another keyslot: an honest passphrase slot, whose shape gives it away. */
static void token_of_other_keyslot(void **state)
{
	struct volume *v = opened("evil/token-keyslot-other.img");
	struct error err = ERROR_NONE;
	struct token t;
	int id, slot;

	assert_int_equal(volume_token(v, &err, &id, &t), 0);
	assert_int_equal(t.keyslot, 0);
	assert_int_equal(volume_keyslot_test(v, t.keyslot, &key, &err, &slot), -EPERM);
	volume_close(v);
}

static void reload_and_use(void **state)
{
	const struct volume_flags flags = { .discards = true };
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	uint8_t pin[SHA256_LEN];

	assert_int_equal(volume_reload(v, &err), 0);
	assert_int_equal(volume_pin(v, 1, &err, pin), 0);
	assert_memory_equal(pin, good_pin, SHA256_LEN);
	/*
	 * what libcryptsetup says still arrives; there is no device-mapper here, or it does not take this
	 * name
	 */
	assert_int_equal(volume_activate(v, &(struct volume_mapping){ "name/with/slash", 1, &key, &flags },
					 &err),
			 -EIO);
	assert_null(strstr(err.text, strerror(EIO)));
	assert_int_equal(volume_activate(v, &(struct volume_mapping){ "x", -1, &key, &flags }, &err),
			 -EINVAL);
	volume_close(v);
}

static uint32_t *told_flags;

/*
 * In place of libcryptsetup's: while told_flags is set a mapping is not made, but what was asked for is kept.
 */
int crypt_activate_by_passphrase(struct crypt_device *cd, const char *name, int keyslot,
				 const char *passphrase, size_t passphrase_size, uint32_t flags)
{
	__typeof__(&crypt_activate_by_passphrase) real = dlsym(RTLD_NEXT, "crypt_activate_by_passphrase");

	if (!told_flags || !name)
		return real(cd, name, keyslot, passphrase, passphrase_size, flags);
	*told_flags = flags;
	return keyslot;
}

/* Each flag of crypttab is the one of libcryptsetup that `cryptsetup open` would set for it. */
static void flags_for_libcryptsetup(void **state)
{
	static const struct {
		struct volume_flags flags;
		uint32_t want;
	} each[] = {
		{ { .discards = false }, 0 },
		{ { .discards = true }, CRYPT_ACTIVATE_ALLOW_DISCARDS },
		{ { .no_read_workqueue = true }, CRYPT_ACTIVATE_NO_READ_WORKQUEUE },
		{ { .no_write_workqueue = true }, CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE },
		{ { .same_cpu_crypt = true }, CRYPT_ACTIVATE_SAME_CPU_CRYPT },
		{ { .submit_from_crypt_cpus = true }, CRYPT_ACTIVATE_SUBMIT_FROM_CRYPT_CPUS },
		{ { .readonly = true }, CRYPT_ACTIVATE_READONLY },
		{ { .discards = true, .readonly = true },
		  CRYPT_ACTIVATE_ALLOW_DISCARDS | CRYPT_ACTIVATE_READONLY },
	};
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	uint32_t told;

	told_flags = &told;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		told = UINT32_MAX;
		assert_int_equal(volume_activate(v, &(struct volume_mapping){ "x", 1, &key, &each[i].flags },
						 &err),
				 0);
		assert_int_equal(told, each[i].want);
	}
	told_flags = NULL;
	volume_close(v);
}

static void pin_is_the_text_of_the_documentation(void **state)
{
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;

	assert_int_equal(volume_pin(v, 1, &err, good_pin), 0);
	assert_int_equal(volume_pin(v, 0, &err, good_pin), 0);
	assert_int_equal(volume_pin(v, 2, &err, good_pin), -EKEYREJECTED);
	volume_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pin_is_the_text_of_the_documentation),
		cmocka_unit_test(what_is_no_volume),
		cmocka_unit_test(keyslots),
		cmocka_unit_test(wrong_beside_an_unbound_keyslot),
		cmocka_unit_test(all_keyslots_taken),
		cmocka_unit_test(our_keyslot_is_cheap),
		cmocka_unit_test(planned_keyslot_is_known_again),
		cmocka_unit_test(last_keyslot_stays),
		cmocka_unit_test(remove_all),
		cmocka_unit_test(tokens),
		cmocka_unit_test(largest_token_fits),
		cmocka_unit_test(no_room),
		cmocka_unit_test(header_changes_under_us),
		cmocka_unit_test(header_changes_while_we_write),
		cmocka_unit_test(pin_survives),
		cmocka_unit_test(pin_changes),
		cmocka_unit_test(pin_refuses_reencryption),
		cmocka_unit_test(evil_refused),
		cmocka_unit_test(evil_differs),
		cmocka_unit_test(evil_refused_by_either),
		cmocka_unit_test(evil_tokens),
		cmocka_unit_test(token_of_other_keyslot),
		cmocka_unit_test(reload_and_use),
		cmocka_unit_test(flags_for_libcryptsetup),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
