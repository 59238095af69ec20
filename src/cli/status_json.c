#include "cli/status_json.h"

#include <errno.h>

#include "cli/answer.h"
#include "cli/report.h"
#include "machine/late.h"
#include "machine/record/boot_report.h"
#include "machine/record/confidential.h"
#include "machine/record/image_first_boot.h"
#include "machine/record/late_volumes.h"
#include "machine/recovery.h"

static struct json_object *add_volume(struct json_object *list, const char *name, const char *uuid,
				      const char *opened_by, const char *next_boot, const char *why)
{
	struct json_object *o = json_new_object();

	json_put_text(o, "name", name);
	json_put_text(o, "uuid", uuid);
	json_put_text(o, "opened_by", opened_by);
	json_put_text(o, "next_boot", next_boot);
	answer_put_words(o, "why", why);
	json_list_add(list, o);
	return o;
}

/* Of the initramfs: all of them, or none, are opened by one policy. */
static const char *next_unlock(const struct check_answer *a)
{
	const struct outlook *o = a->outlook;

	if (a->asks)
		return "asks";
	if (!o || o->verdict == VERDICT_MISMATCH || o->pending)
		return "unknown";
	if (!o->default_unlocks)
		return "asks";
	return o->obstacles.pin ? "pin" : "unlocks";
}

static void put_volumes(struct json_object *top, const struct machine *m, const struct check_answer *a,
			const struct state *s)
{
	struct json_object *list = json_new_list(), *o;
	struct error err = ERROR_NONE, why;
	struct volume_ways ways;
	struct anchor late;
	int r;

	for (size_t i = 0; i < s->volume_count; i++) {
		o = add_volume(list, s->volume[i].name, s->volume[i].uuid, "initramfs", next_unlock(a), "");
		if (recovery_ways(m, s->volume[i].uuid, &err, &ways) == 0)
			answer_put_ways(o, &ways);
	}
	if (late_volumes_read(m, &err, &late) == 0)
		for (size_t i = 0; i < late.target_count; i++) {
			why = ERROR_NONE;
			r = late_check(m, &late.target[i], &why);
			add_volume(list, late.target[i].name, late.target[i].uuid, "system",
				   r == 0 ? "unlocks" : r == -ENOENT ? "absent" : "asks", why.text);
		}
	json_put_member(top, "volumes", list);
}

static void put_this_boot(struct json_object *top, const struct machine *m)
{
	static const char *const windows[] = {
		[WINDOW_OPEN] = "open", [WINDOW_CLOSED] = "closed", [WINDOW_NONE] = "none"
	};
	struct json_object *o = json_new_object();
	struct error err = ERROR_NONE;
	struct boot_report report;
	int r = boot_report_read(m, &err, &report);

	json_put_bool(o, "unlocked_by_tpm", r == 0 && report.opened);
	answer_put_words(o, "reason", r < 0 ? err.text : report.opened ? "" : report.reason);
	if (r == 0) {
		json_put_text(o, "window", windows[report.window]);
		json_put_number(o, "milliseconds", report.total_ms);
	}
	json_put_member(top, "this_boot", o);
}

static void put_policy(struct json_object *top, const struct state *s)
{
	struct json_object *o = json_new_object(), *pcrs = json_new_list();

	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (s->mask >> i & 1)
			json_list_add(pcrs, json_new_number(i));
	json_put_number(o, "generation", s->generation);
	json_put_number(o, "sealed_at", s->sealed_at);
	json_put_number(o, "boot_paths", (int64_t)s->branch_count);
	json_put_member(o, "pcrs", pcrs);
	json_put_bool(o, "last_reseal_failed", s->failed);
	if (s->failed) {
		json_put_number(o, "failed_at", s->failed_at);
		answer_put_words(o, "failure", s->failure);
	}
	json_put_member(top, "policy", o);
}

static void put_confidential(struct json_object *top, const struct machine *m)
{
	struct confidential_record record;
	struct json_object *o;

	if (confidential_read(m, NULL, &record) < 0)
		return;
	o = json_new_object();
	json_put_text(o, "kind", record.kind);
	json_put_number(o, "proven_at", record.at);
	json_put_member(top, "confidential", o);
}

/* Of an image whose first boot is not over. */
static void put_first_boot(struct json_object *top, const struct machine *m)
{
	struct image_first_boot b;
	struct json_object *o;

	if (!image_first_boot_read(m, &b))
		return;
	o = json_new_object();
	json_put_bool(o, "begun", b.now.len > 0);
	answer_put_words(o, "now", buffer_str(&b.now));
	json_put_bool(o, "key_in_clear", b.in_clear);
	json_put_member(top, "first_boot", o);
	buffer_free(&b.now);
}

struct json_object *status_object(const struct machine *m, const struct check_answer *a,
				  const struct state *s)
{
	struct json_object *top = check_answer_object(m, a);
	struct buffer ways = BUFFER_NONE;

	put_first_boot(top, m);
	if (s) {
		put_volumes(top, m, a, s);
		put_policy(top, s);
		put_this_boot(top, m);
		put_confidential(top, m);
		report_ways(m, &ways);
		answer_put_words(top, "otherwise", buffer_str(&ways));
		buffer_free(&ways);
	}
	return top;
}

int status_json(const struct machine *m, const struct check_answer *a, const struct state *s)
{
	return answer_print(status_object(m, a, s));
}
