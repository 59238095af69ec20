#include "unlock/outcome.h"

#include "base/log.h"
#include "base/text.h"
#include "seal/volume_ways.h"
#include "unlock/run_file.h"

/* from bad to good */
static const struct {
	enum outcome outcome;
	enum unlock_exit code;
} order[] = {
	{ TARGET_HEADER, UNLOCK_TAMPERED }, { TARGET_TOKEN, UNLOCK_TAMPERED },
	{ TARGET_FAILED, UNLOCK_FAILED },   { TARGET_NO_TPM, UNLOCK_NO_TPM },
	{ TARGET_POLICY, UNLOCK_POLICY },   { TARGET_PIN, UNLOCK_FAILED },
	{ TARGET_ABSENT, UNLOCK_ABSENT },
};
#define ORDER_COUNT (sizeof(order) / sizeof(order[0]))

enum unlock_exit outcome_exit_code(const struct targets *t)
{
	size_t i;

	for (i = 0; i < ORDER_COUNT; i++)
		if (targets_count(t, order[i].outcome))
			return order[i].code;
	return t->count == 0 ? UNLOCK_NOT_ENROLLED : UNLOCK_DONE;
}

const char *outcome_reason(const struct targets *t)
{
	size_t i, k;

	for (i = 0; i < ORDER_COUNT; i++)
		for (k = 0; k < t->count; k++)
			if (t->target[k].outcome == order[i].outcome)
				return t->target[k].why.text;
	return t->count == 0 ? "the crypttab in the initrd names no enrolled volume" : "";
}

/*
 * Tells the person at cryptroot's prompt what to type. A foreign header has a question of its own; an absent
 * volume has no prompt.
 */
static const char *what_to_type(const struct target *t)
{
	bool recovery = t->volume && volume_named(t->volume, RECOVERY_TOKEN_TYPE);

	if (t->outcome == TARGET_HEADER || t->outcome == TARGET_ABSENT)
		return "";
	return recovery ? "type its passphrase or its recovery key" : "type its passphrase";
}

/* For a splash screen, which shows one message only. */
static void leave_for_splash(const struct run *run, const struct target *t)
{
	const char *type = what_to_type(t);
	struct error line = ERROR_NONE;

	error_set(&line, 0, "%s: %s%s%s", t->pinned->name, t->why.text, *type ? "; " : "", type);
	if (!run->targets.by_hand)
		run_file_write(run->o->run_dir, "prompt", line.text, NULL);
}

/* The prompt that follows is then for a volume that nothing here knows, such as one that was renamed. */
static void say_none(struct run *run)
{
	struct error line = ERROR_NONE;

	error_set(&line, 0, "not unlocked by the TPM: %s", text_after_tpm(outcome_reason(&run->targets)));
	log_say("%s", line.text);
	if (!run->targets.by_hand)
		run_file_write(run->o->run_dir, "prompt", line.text, NULL);
}

static void say_locked(const struct target *t)
{
	const char *type = what_to_type(t);

	log_say("%s: not unlocked by the TPM: %s", t->pinned->name, text_after_tpm(t->why.text));
	if (*type)
		log_say("%s: %s", t->pinned->name, type);
}

void outcome_report(struct run *run)
{
	const struct target *t;
	struct error err = ERROR_NONE;
	size_t i;

	if (run->targets.count == 0)
		say_none(run);
	for (i = 0; i < run->targets.count; i++) {
		t = &run->targets.target[i];
		if (t->outcome == TARGET_OPENED)
			log_say("%s: unlocked by the TPM", t->pinned->name);
		else if (t->outcome != TARGET_EXISTS)
			say_locked(t);
		if (t->outcome != TARGET_OPENED && t->outcome != TARGET_EXISTS)
			leave_for_splash(run, t);
	}
	result_step(&run->result, STEP_TOTAL);
	if (!run->targets.by_hand && result_write(&run->result, &run->targets, run->o->run_dir, &err) < 0)
		log_say("%s", err.text);
}
