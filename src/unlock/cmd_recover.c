/*
 * The command `recover`: unlocks volumes with the recovery key, for the rescue shell. It does not use the
 * TPM.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/terminal.h"
#include "seal/recovery_key.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"
#include "unlock/commands.h"
#include "unlock/outcome.h"
#include "unlock/run.h"
#include "unlock/target_check.h"

#define TRIES 3 /* at a terminal */

/* The header is the enrolled one and names a recovery keyslot; the TPM's token does not matter here. */
static void check(struct target *t, const struct anchor *a)
{
	target_check(t, a);
	if (t->outcome == TARGET_TOKEN)
		t->outcome = TARGET_WAITING;
	if (t->outcome != TARGET_WAITING || volume_named(t->volume, RECOVERY_TOKEN_TYPE) != 0)
		return;
	t->outcome = TARGET_FAILED;
	error_set(&t->why, 0, "it has no recovery key; type 'exit', then the passphrase at the prompt");
}

static int try_keyslot(const struct options *o, struct target *t, int keyslot, const struct secret *key)
{
	uint8_t pin[SHA256_LEN];
	int opened, r;

	/* the rules of the volume pin apply to this keyslot, too */
	r = volume_pin(t->volume, keyslot, &t->why, pin);
	if (r < 0)
		return r;
	if (o->test_open)
		return volume_keyslot_test(t->volume, keyslot, key, &t->why, &opened);
	return volume_activate(t->volume,
			       &(struct volume_mapping){ .name = t->pinned->name,
							 .keyslot = keyslot,
							 .key = key,
							 .flags = &t->flags },
			       &t->why);
}

static void open_one(const struct options *o, struct target *t, const struct secret *key)
{
	uint32_t keyslots = volume_named(t->volume, RECOVERY_TOKEN_TYPE);
	int r = -EPERM;

	for (int i = 0; i < KEYSLOT_MAX && r == -EPERM; i++)
		if (keyslots >> i & 1)
			r = try_keyslot(o, t, i, key);
	if (r == 0 || r == -EEXIST)
		t->outcome = r == 0 ? TARGET_OPENED : TARGET_EXISTS;
	else if (r == -EPERM)
		error_set(&t->why, 0, "wrong recovery key");
	else
		t->outcome = TARGET_FAILED;
}

/* -EINVAL: read, but not well formed. */
static int read_key(struct error *err, struct secret *ret)
{
	struct secret typed = SECRET_NONE;
	int r;

	r = terminal_ask(STDIN_FILENO, STDERR_FILENO,
			 "Recovery key (8 groups of 6 digits, not shown): ", RECOVERY_TYPED_MAX, &typed);
	if (r == -ENODATA)
		return error_set(err, r, "no recovery key was typed");
	if (r < 0)
		return error_set(err, r == -EFBIG ? -EINVAL : r, "cannot read a recovery key: %s",
				 strerror(-r));
	r = recovery_parse(&typed, err, ret);
	secret_free(&typed);
	return r;
}

/* A negative errno at the end of the input. */
static int try_once(const struct options *o, struct targets *t)
{
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	size_t i;
	int r;

	r = read_key(&err, &key);
	if (r < 0) {
		log_say("%s", err.text);
		targets_settle(t, TARGET_WAITING, &err);
		return r == -EINVAL ? 0 : r;
	}
	for (i = 0; i < t->count; i++) {
		if (t->target[i].outcome != TARGET_WAITING)
			continue;
		open_one(o, &t->target[i], &key);
		if (t->target[i].outcome == TARGET_WAITING)
			log_say("%s: %s", t->target[i].pinned->name, t->target[i].why.text);
	}
	secret_free(&key);
	return 0;
}

static void report(const struct targets *t)
{
	const struct target *at;
	size_t i, opened = 0;

	for (i = 0; i < t->count; i++) {
		at = &t->target[i];
		opened += at->outcome == TARGET_OPENED;
		if (at->outcome == TARGET_OPENED)
			log_say("%s: unlocked with the recovery key", at->pinned->name);
		else if (at->outcome == TARGET_EXISTS)
			log_say("%s: already open", at->pinned->name);
		else
			log_say("%s: not unlocked: %s", at->pinned->name, at->why.text);
	}
	if (opened > 0)
		log_say("type 'exit' to continue the boot");
}

static enum unlock_exit recover(const struct options *o, const struct anchor *a, struct targets *t)
{
	size_t i;
	int tries;

	for (i = 0; i < t->count; i++)
		check(&t->target[i], a);
	for (tries = isatty(STDIN_FILENO) ? TRIES : 1; tries > 0 && targets_count(t, TARGET_WAITING) > 0;
	     tries--)
		if (try_once(o, t) < 0)
			break;
	for (i = 0; i < t->count; i++)
		if (t->target[i].outcome == TARGET_WAITING)
			t->target[i].outcome = TARGET_FAILED;
	report(t);
	return outcome_exit_code(t);
}

int cmd_recover(const struct options *o, int count, char *const *names)
{
	struct targets targets = TARGETS_NONE;
	struct anchor anchor;
	enum unlock_exit code;

	code = targets_begin(o, count, names, &anchor, &targets);
	if (code == UNLOCK_DONE)
		code = recover(o, &anchor, &targets);
	targets_free(&targets);
	return code;
}
