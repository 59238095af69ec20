/* The command `open`: check, ask the TPM, close the window, activate. In this order (doc/design.md, 5). */
#include <errno.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "seal/volume_keyslot.h"
#include "unlock/commands.h"
#include "unlock/crypttab_guard.h"
#include "unlock/first_boot.h"
#include "unlock/keys.h"
#include "unlock/last_resort.h"
#include "unlock/outcome.h"
#include "unlock/pin.h"
#include "unlock/run.h"
#include "unlock/run_file.h"
#include "unlock/target_check.h"
#include "unlock/window.h"

/*
 * Only absent devices to wait for: the window may stay open, as long as the guard keeps cryptroot from asking
 * about any other volume. When `close` has closed it, those others are no longer kept waiting.
 */
static bool only_absent(const struct options *o, const struct targets *t)
{
	bool closed = guard_active(o) && !run_file_exists(o->run_dir, RUN_WAITING);

	return targets_count(t, TARGET_ABSENT) > 0 && !t->by_hand && (t->others == 0 || !closed) &&
	       targets_count(t, TARGET_ABSENT) + targets_count(t, TARGET_EXISTS) == t->count;
}

/* False when the boot must not go on. */
static bool shut(struct run *run)
{
	struct error err = ERROR_NONE;
	enum unlock_exit code;
	bool safe = true;
	size_t i;
	int r;

	r = window_close(run->tpms.tpm[0], &run->anchor, &run->targets, &err);
	if (r < 0) {
		log_say("the window cannot be closed: %s", err.text);
		targets_settle(&run->targets, TARGET_FAILED, &err);
		targets_free(&run->targets);
		/* without keys in memory the weaker way is enough */
		r = window_close(run->tpms.tpm[0], &run->anchor, &run->targets, &err);
		safe = r == 0 || !run_key_in_reach(run);
	}
	for (i = 1; i < run->tpms.count; i++) {
		code = window_shut(run->tpms.tpm[i], NULL, &err);
		safe &= code != UNLOCK_WINDOW;
		r = code == UNLOCK_DONE ? r : -EIO;
	}
	run->result.record.window = r < 0 ? WINDOW_OPEN : WINDOW_CLOSED;
	result_step(&run->result, STEP_WINDOW);
	return safe;
}

static void activate_one(const struct options *o, struct target *t)
{
	const struct volume_mapping mapping = { .name = t->pinned->name, .keyslot = t->token.keyslot,
						.key = &t->key, .flags = &t->flags };
	int r, slot;

	if (o->test_open)
		r = volume_keyslot_test(t->volume, t->token.keyslot, &t->key, &t->why, &slot);
	else
		r = volume_activate(t->volume, &mapping, &t->why);
	secret_free(&t->key);
	if (r == 0)
		t->outcome = TARGET_OPENED;
	else if (r == -EEXIST)
		t->outcome = TARGET_EXISTS;
	else
		t->outcome = r == -EPERM ? TARGET_TOKEN : TARGET_FAILED;
}

/* Written before a volume is unlocked: `lock` and `root` close only what this file announces. */
static void note_opening(struct run *run)
{
	struct error err = ERROR_NONE;
	size_t i;
	bool any = false;

	for (i = 0; i < run->targets.count; i++)
		any |= run->targets.target[i].key.bytes != NULL;
	if (!any || run_file_write(run->o->run_dir, RUN_OPENED, "", &err) == 0)
		return;
	targets_settle(&run->targets, TARGET_FAILED, &err);
	targets_free(&run->targets);
}

static void activate(struct run *run)
{
	size_t i;

	note_opening(run);
	for (i = 0; i < run->targets.count; i++)
		if (run->targets.target[i].key.bytes)
			activate_one(run->o, &run->targets.target[i]);
	result_step(&run->result, STEP_ACTIVATE);
}

/* False: nobody can be asked, so the window is closed as if nobody had answered. */
static bool leave_question(struct run *run)
{
	struct error err = ERROR_NONE;

	if (pin_leave_question(run, &err) == 0)
		return true;
	log_say("%s", err.text);
	run_file_remove(run->o->run_dir, RUN_ASK_PIN, NULL);
	targets_settle(&run->targets, TARGET_FAILED, &err);
	return false;
}

/* Decides everything but the devices; the window is closed on every return except with exit code 7. */
static int decide(struct run *run)
{
	struct targets *t = &run->targets;
	struct error err = ERROR_NONE;
	bool guarded, safe = true;
	size_t i;

	run_file_remove(run->o->run_dir, RUN_WAITING, NULL);
	if (guard_begin(run->o, t, &err) < 0)
		log_say("%s", err.text);
	for (i = 0; i < t->count; i++)
		target_check(&t->target[i], &run->anchor);
	result_step(&run->result, STEP_HEADERS);
	run_get_keys(run);
	if (run->asks && leave_question(run))
		return UNLOCK_ABSENT;
	if (run->tpms.count > 0) {
		safe = shut(run);
	} else {
		safe = !run->tpm_unknown;
		run->result.record.window = safe ? WINDOW_NONE : WINDOW_OPEN;
	}
	activate(run);

	run->result.record.exit = safe ? outcome_exit_code(t) : UNLOCK_WINDOW;
	if (!safe) {
		log_say("the TPM could still unlock in this boot");
		log_say(WINDOW_ADVICE);
	}
	error_set(&run->result.record.reason, 0, "%s", outcome_reason(t));
	if (guard_update(run->o, t, &err, &guarded) < 0)
		log_say("%s", err.text);
	outcome_report(run);
	return run->result.record.exit;
}

static int wait_for_devices(struct run *run)
{
	struct error err = ERROR_NONE;
	bool again = guard_active(run->o);
	int r;

	/* the last question: where its device has gone meanwhile there is nothing to ask for */
	run_file_remove(run->o->run_dir, RUN_ASK_PIN, NULL);
	if (again && !run->targets.by_hand)
		targets_wait_turn(&run->targets, run->o->sysfs, run->o->wait_ms);
	else
		targets_wait(&run->targets, run->targets.by_hand ? 0 : run->o->wait_ms);
	result_step(&run->result, STEP_DEVICES);
	if (!only_absent(run->o, &run->targets))
		return decide(run);
	r = guard_wait(run->o, &run->targets, &err);
	if (r == 0)
		r = run_file_write(run->o->run_dir, RUN_WAITING, "", &err);
	if (r == 0 && !again) {
		guard_reason(run->o, &err);
		log_say("%s; waiting for it", err.text);
	}
	if (r == 0)
		return UNLOCK_ABSENT;
	/* cryptroot cannot be stopped from asking: then the window must be closed before it does */
	log_say("%s", err.text);
	return decide(run);
}

static int open_targets(const struct options *o, const struct names *names, struct run *run)
{
	int r;

	r = anchor_read(o->anchor, &run->result.record.reason, &run->anchor);
	if (r == -ENOENT)
		return first_boot_is(o) ? first_boot_open(o, &run->result) : UNLOCK_NOT_ENROLLED;
	if (r < 0)
		return last_resort_after(o, &run->result);
	r = targets_collect(o, &run->anchor, names, &run->result.record.reason, &run->targets);
	if (r == -EINVAL) {
		log_say("%s", run->result.record.reason.text);
		return UNLOCK_USAGE;
	}
	if (r < 0)
		return last_resort_after(o, &run->result);
	return wait_for_devices(run);
}

int cmd_open(const struct options *o, int count, char *const *names)
{
	struct run run = { .o = o };
	int r;

	if (o->pin)
		pin_read(&run);
	result_begin(&run.result, "open");
	r = open_targets(o, &(struct names){ count, names }, &run);
	pin_free(&run);
	targets_free(&run.targets);
	tpms_close(&run.tpms);
	return r;
}
