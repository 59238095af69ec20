#include "volume_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "seal_samples.h"

#define FORMAT                                                                                       \
	"cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --uuid " \
	VOLUME_UUID " --key-file pass "

char dir[] = "/tmp/bootseal-volume-XXXXXX";
struct secret pass, key, wrong;
uint8_t good_pin[SHA256_LEN];

void sh(const char *command)
{
	char full[512];

	snprintf(full, sizeof(full), "cd %s && { %s; } >>log 2>&1", dir, command);
	if (system(full) != 0)
		fail_msg("%s", full);
}

const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

struct volume *opened(const char *name)
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

/* Adds the TPM's keyslot and our token. */
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

void pin_of(const char *name, int keyslot, uint8_t ret[SHA256_LEN])
{
	struct volume *v = opened(name);
	struct error err = ERROR_NONE;

	if (volume_pin(v, keyslot, &err, ret) < 0)
		fail_msg("%s", err.text);
	volume_close(v);
}

int volumes_make(void **state)
{
	assert_non_null(mkdtemp(dir));
	make_secret("correct horse", &pass);
	make_secret("the TPM's 32 bytes of random key", &key);
	make_secret("wrong", &wrong);
	sh("printf 'correct horse' >pass; printf two >two; truncate -s 17M base.img; " FORMAT "base.img");
	sh("truncate -s 17M other.img; " FORMAT "other.img; cp base.img good.img; truncate -s 17M plain.img");
	enroll("good.img");
	enroll("other.img");
	pin_of("good.img", 1, good_pin);
	return 0;
}

int volumes_make_evil(void **state)
{
	char command[512], cwd[256];

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	volumes_make(state);
	snprintf(command, sizeof(command),
		 "mkdir evil; python3 %s/tests/evil/luks2.py all good.img other.img evil", cwd);
	sh(command);
	return 0;
}

int volumes_remove(void **state)
{
	char command[64];

	secret_free(&pass);
	secret_free(&key);
	secret_free(&wrong);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}
