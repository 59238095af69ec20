/* The token in the header: written while others write, the room that it has, and evil ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "seal_samples.h"
#include "volume_sample.h"

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

	sh("cp good.img large.img; "
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

static void evil_tokens(void **state)
{
	static const struct {
		const char *name, *word;
		int r;
	} evil[] = {
		{ "two-tokens", "two bootseal tokens", -EEXIST },
		{ "token-no-keyslot", "keyslots", -EBADMSG },
		{ "token-version", "version 3", -EBADMSG },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),
		cmocka_unit_test(largest_token_fits),
		cmocka_unit_test(no_room),
		cmocka_unit_test(header_changes_under_us),
		cmocka_unit_test(header_changes_while_we_write),
		cmocka_unit_test(evil_tokens),
		cmocka_unit_test(token_of_other_keyslot),
	};

	return cmocka_run_group_tests(tests, volumes_make_evil, volumes_remove);
}
