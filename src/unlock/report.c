#include "base/log.h"
#include "unlock/run.h"

/* from bad to good */
static const struct {
	enum outcome outcome;
	enum unlock_exit code;
} order[] = {
	{ TARGET_HEADER, UNLOCK_TAMPERED }, { TARGET_TOKEN, UNLOCK_TAMPERED }, { TARGET_FAILED, UNLOCK_FAILED },
	{ TARGET_NO_TPM, UNLOCK_NO_TPM },   { TARGET_POLICY, UNLOCK_POLICY },  { TARGET_ABSENT, UNLOCK_ABSENT },
};
#define ORDER_COUNT (sizeof(order) / sizeof(order[0]))

enum unlock_exit run_exit_code(const struct targets *t)
{
	size_t i;

	for (i = 0; i < ORDER_COUNT; i++)
		if (targets_count(t, order[i].outcome))
			return order[i].code;
	return t->count == 0 ? UNLOCK_NOT_ENROLLED : UNLOCK_DONE;
}

const char *run_reason(const struct targets *t)
{
	size_t i, k;

	for (i = 0; i < ORDER_COUNT; i++)
		for (k = 0; k < t->count; k++)
			if (t->target[k].outcome == order[i].outcome)
				return t->target[k].why.text;
	return t->count == 0 ? "the crypttab of the initramfs names no volume of the anchor" : "";
}

void run_report(struct run *run)
{
	const struct target *t;
	struct error err = ERROR_NONE;
	size_t i;

	for (i = 0; i < run->targets.count; i++) {
		t = &run->targets.target[i];
		if (t->outcome == TARGET_OPENED)
			log_say("%s: opened by the TPM", t->pinned->name);
		else if (t->outcome != TARGET_EXISTS)
			log_say("%s: not opened by the TPM: %s", t->pinned->name, t->why.text);
	}
	result_step(&run->result, STEP_TOTAL);
	if (!run->targets.by_hand && result_write(&run->result, &run->targets, run->o->run_dir, &err) < 0)
		log_say("%s", err.text);
}
