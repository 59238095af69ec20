#include "seal/boot_result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seal/json.h"

static const char *const outcome_name[TARGET_OUTCOMES] = {
	[TARGET_WAITING] = "failed", [TARGET_OPENED] = "opened", [TARGET_EXISTS] = "exists",
	[TARGET_ABSENT] = "absent",  [TARGET_HEADER] = "header", [TARGET_TOKEN] = "token",
	[TARGET_POLICY] = "policy",  [TARGET_NO_TPM] = "no-tpm", [TARGET_FAILED] = "failed",
	[TARGET_PIN] = "pin",
};

static const char *const window_name[] = {
	[WINDOW_OPEN] = "open", [WINDOW_CLOSED] = "closed", [WINDOW_NONE] = "none",
};

static const char *const step_name[STEP_COUNT] = {
	[STEP_DEVICES] = "devices", [STEP_HEADERS] = "headers", [STEP_PCRS] = "pcrs",
	[STEP_UNSEAL] = "unseal",   [STEP_WINDOW] = "window",   [STEP_ACTIVATE] = "activate",
	[STEP_TOTAL] = "total",
};

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

static void add_match(struct buffer *b, const struct boot_result *r)
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

static void add_targets(struct buffer *b, const struct boot_result *r)
{
	const struct boot_result_target *at;
	size_t i;

	buffer_add_str(b, "\"targets\":[");
	for (i = 0; i < r->target_count; i++) {
		at = &r->target[i];
		buffer_add_str(b, i ? ",{\"name\":" : "{\"name\":");
		add_string(b, at->name);
		buffer_addf(b, ",\"uuid\":\"%s\",\"result\":\"%s\",\"reason\":", at->uuid,
			    outcome_name[at->outcome]);
		add_string(b, at->why.text);
		buffer_add_u8(b, '}');
	}
	buffer_add_str(b, "],");
}

static void add_times(struct buffer *b, const struct boot_result *r)
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

int boot_result_format(const struct boot_result *r, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	buffer_addf(&b,
		    "{\"version\":1,\"command\":\"%s\",\"exit\":%d,\"window\":\"%s\",\"reason\":", r->command,
		    r->exit, window_name[r->window]);
	add_string(&b, r->reason.text);
	buffer_add_u8(&b, ',');
	add_match(&b, r);
	add_targets(&b, r);
	add_times(&b, r);
	if (!buffer_ok(&b)) {
		buffer_free(&b);
		return -ENOMEM;
	}
	*ret = b;
	return 0;
}

static bool take_outcome(struct json_object *o, enum outcome *ret)
{
	char word[16];

	if (!json_member_text(o, "result", sizeof(word), word))
		return false;
	*ret = TARGET_FAILED;
	for (int i = TARGET_OPENED; i < TARGET_OUTCOMES; i++)
		if (strcmp(outcome_name[i], word) == 0)
			*ret = i;
	return true;
}

static bool take_window(struct json_object *o, enum window *ret)
{
	char word[16];

	if (!json_member_text(o, "window", sizeof(word), word))
		return false;
	*ret = WINDOW_NONE;
	for (int i = WINDOW_OPEN; i < WINDOW_NONE; i++)
		if (strcmp(window_name[i], word) == 0)
			*ret = i;
	return true;
}

/* null: no branch matched. */
static bool take_match(struct json_object *o, const char *name, bool *ret_matched, uint32_t *ret)
{
	uint64_t n;

	*ret_matched = false;
	if (json_is_null(o, name))
		return true;
	if (!json_member_number(o, name, UINT32_MAX, &n))
		return false;
	*ret_matched = true;
	*ret = n;
	return true;
}

static void take_differing(struct json_object *o, struct boot_result *r)
{
	struct json_object *list;
	uint64_t pcr;
	size_t n;

	if (!json_member_array(o, "differing", PCR_COUNT, &list, &n))
		return;
	for (size_t i = 0; i < n; i++)
		if (json_number(json_list_at(list, i), PCR_COUNT - 1, &pcr))
			r->differing |= PCR(pcr);
}

static bool take_targets(struct json_object *o, struct boot_result *r)
{
	struct json_object *list, *one;
	struct boot_result_target *t;

	if (!json_member_array(o, "targets", TARGET_MAX, &list, &r->target_count))
		return false;
	for (size_t i = 0; i < r->target_count; i++) {
		one = json_list_at(list, i);
		t = &r->target[i];
		if (!take_outcome(one, &t->outcome))
			return false;
		json_member_text(one, "name", sizeof(t->name), t->name);
		json_member_text(one, "uuid", sizeof(t->uuid), t->uuid);
		json_member_text(one, "reason", sizeof(t->why.text), t->why.text);
	}
	return true;
}

static bool take_times(struct json_object *o, struct boot_result *r)
{
	struct json_object *ms = json_member_object(o, "ms");

	if (!json_has(ms, step_name[STEP_TOTAL]))
		return false;
	for (int i = 0; i < STEP_COUNT; i++)
		if (json_is_null(ms, step_name[i]) || !json_member_double(ms, step_name[i], &r->ms[i]))
			r->ms[i] = -1;
	return true;
}

static bool take_all(struct json_object *o, struct boot_result *r)
{
	bool generation, branch;
	uint64_t n;

	if (!json_member_number(o, "version", 1, &n) || n != 1 || !json_member_number(o, "exit", 255, &n))
		return false;
	r->exit = n;
	if (!json_member_text(o, "reason", sizeof(r->reason.text), r->reason.text) ||
	    !take_window(o, &r->window) || !take_match(o, "generation", &generation, &r->generation) ||
	    !take_match(o, "branch", &branch, &r->branch))
		return false;
	r->matched = generation && branch;
	json_member_text(o, "command", sizeof(r->command), r->command);
	take_differing(o, r);
	return take_targets(o, r) && take_times(o, r);
}

int boot_result_parse(const char *text, size_t n, struct error *err, struct boot_result *ret)
{
	struct boot_result r = { .exit = 0 };
	struct json_object *o = NULL;
	bool good;

	good = json_read(text, n, NULL, &o) == 0 && take_all(o, &r);
	json_free(o);
	if (!good)
		return error_set(err, -EBADMSG, "not written by bootseal-unlock");
	*ret = r;
	return 0;
}
