#include "unlock/result.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "unlock/run_file.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

void result_begin(struct result *r, const char *command)
{
	int i;

	*r = (struct result){ .record.window = WINDOW_OPEN };
	snprintf(r->record.command, sizeof(r->record.command), "%s", command);
	for (i = 0; i < STEP_COUNT; i++)
		r->record.ms[i] = -1;
	r->started = r->step_started = now_ms();
}

void result_step(struct result *r, enum step step)
{
	double now = now_ms();

	r->record.ms[step] = now - (step == STEP_TOTAL ? r->started : r->step_started);
	r->step_started = now;
}

static void add_targets(struct boot_result *r, const struct targets *t)
{
	struct boot_result_target *to;

	r->target_count = t->count;
	for (size_t i = 0; i < t->count; i++) {
		to = &r->target[i];
		to->outcome = t->target[i].outcome;
		to->why = t->target[i].why;
		snprintf(to->name, sizeof(to->name), "%s", t->target[i].pinned->name);
		snprintf(to->uuid, sizeof(to->uuid), "%s", t->target[i].pinned->uuid);
	}
}

int result_write(struct result *r, const struct targets *t, const char *dir, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	int e;

	if (run_file_exists(dir, BOOT_RESULT_FILE))
		return 0;
	if (r->record.reason.text[0]) {
		e = run_file_write(dir, "reason", r->record.reason.text, err);
		if (e < 0)
			return e;
	}
	add_targets(&r->record, t);
	e = boot_result_format(&r->record, &text);
	e = e == 0 ? run_file_write(dir, BOOT_RESULT_FILE, buffer_str(&text), err)
		   : error_set(err, e, "out of memory");
	buffer_free(&text);
	return e;
}

void result_reason(const char *dir, struct error *ret)
{
	run_file_read(dir, "reason", ret);
}
