#include "unlock/result.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "seal/policy.h"
#include "unlock/run_file.h"

static const char *const outcome_name[TARGET_OUTCOMES] = {
	[TARGET_WAITING] = "failed", [TARGET_OPENED] = "opened", [TARGET_EXISTS] = "exists", [TARGET_ABSENT] = "absent",
	[TARGET_HEADER] = "header",  [TARGET_TOKEN] = "token",	 [TARGET_POLICY] = "policy", [TARGET_NO_TPM] = "no-tpm",
	[TARGET_FAILED] = "failed",
};

static const char *const window_name[] = {
	[WINDOW_OPEN] = "open", [WINDOW_CLOSED] = "closed", [WINDOW_NONE] = "none",
};

static const char *const step_name[STEP_COUNT] = {
	[STEP_DEVICES] = "devices", [STEP_HEADERS] = "headers",	  [STEP_PCRS] = "pcrs",	  [STEP_UNSEAL] = "unseal",
	[STEP_WINDOW] = "window",   [STEP_ACTIVATE] = "activate", [STEP_TOTAL] = "total",
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

void result_begin(struct result *r, const char *command)
{
	int i;

	*r = (struct result){ .command = command, .window = WINDOW_OPEN };
	for (i = 0; i < STEP_COUNT; i++)
		r->ms[i] = -1;
	r->started = r->step_started = now_ms();
}

void result_step(struct result *r, enum step step)
{
	double now = now_ms();

	r->ms[step] = now - (step == STEP_TOTAL ? r->started : r->step_started);
	r->step_started = now;
}

/* Texts of ours are printable (error_set sees to it), but quotes and bytes above ASCII may be in them. */
static void add_string(struct buffer *b, const char *s)
{
	buffer_add_u8(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buffer_add_u8(b, '\\');
		buffer_add_u8(b, *s < 0x20 || *s > 0x7e ? '?' : *s);
	}
	buffer_add_u8(b, '"');
}

static void add_match(struct buffer *b, const struct result *r)
{
	const char *comma = "";
	int pcr;

	if (r->matched)
		buffer_addf(b, "\"generation\":%u,\"branch\":%u,", r->generation, r->branch);
	else
		buffer_add_str(b, "\"generation\":null,\"branch\":null,");
	buffer_add_str(b, "\"differing\":[");
	for (pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(r->differing >> pcr & 1))
			continue;
		buffer_addf(b, "%s%d", comma, pcr);
		comma = ",";
	}
	buffer_add_str(b, "],");
}

static void add_targets(struct buffer *b, const struct targets *t)
{
	const struct target *at;
	size_t i;

	buffer_add_str(b, "\"targets\":[");
	for (i = 0; i < t->count; i++) {
		at = &t->target[i];
		buffer_add_str(b, i ? ",{\"name\":" : "{\"name\":");
		add_string(b, at->pinned->name);
		buffer_addf(b, ",\"uuid\":\"%s\",\"result\":\"%s\",\"reason\":", at->pinned->uuid,
			    outcome_name[at->outcome]);
		add_string(b, at->why.text);
		buffer_add_u8(b, '}');
	}
	buffer_add_str(b, "],");
}

static void add_times(struct buffer *b, const struct result *r)
{
	int i;

	buffer_add_str(b, "\"ms\":{");
	for (i = 0; i < STEP_COUNT; i++) {
		buffer_addf(b, "%s\"%s\":", i ? "," : "", step_name[i]);
		if (r->ms[i] < 0)
			buffer_add_str(b, "null");
		else
			buffer_addf(b, "%.2f", r->ms[i]);
	}
	buffer_add_str(b, "}}");
}

int result_write(const struct result *r, const struct targets *t, const char *dir, struct error *err)
{
	struct buffer b = BUFFER_NONE;
	int e;

	if (run_file_exists(dir, "unlock.json"))
		return 0;
	if (r->reason.text[0]) {
		e = run_file_write(dir, "reason", r->reason.text, err);
		if (e < 0)
			return e;
	}
	buffer_addf(&b, "{\"version\":1,\"command\":\"%s\",\"exit\":%d,\"window\":\"%s\",\"reason\":", r->command,
		    r->exit, window_name[r->window]);
	add_string(&b, r->reason.text);
	buffer_add_u8(&b, ',');
	add_match(&b, r);
	add_targets(&b, t);
	add_times(&b, r);
	e = buffer_ok(&b) ? run_file_write(dir, "unlock.json", buffer_str(&b), err)
			  : error_set(err, -ENOMEM, "out of memory");
	buffer_free(&b);
	return e;
}

void result_reason(const char *dir, struct error *ret)
{
	run_file_read(dir, "reason", ret);
}
