#include "cli/reseal_json.h"

#include "cli/answer.h"
#include "cli/report.h"

/* What became of the policy. */
static const char *policy_word(const struct reseal_outcome *o)
{
	if (o->dry_run || o->r < 0)
		return o->report->moved ? "moved" : "kept";
	return o->report->changed ? "moved" : "unchanged";
}

static void put_paths(struct json_object *top, const struct forecast *f)
{
	struct json_object *list = json_new_list(), *o;

	for (size_t i = 0; i < f->path_count; i++) {
		o = json_new_object();
		answer_put_words(o, "label", f->path[i].label);
		json_put_bool(o, "default", f->path[i].is_default);
		answer_put_words(o, "release", f->path[i].release);
		json_list_add(list, o);
	}
	json_put_member(top, "paths", list);
}

static void put_changes(struct json_object *top, const struct changes *c)
{
	struct json_object *list = json_new_list(), *o;

	for (size_t i = 0; i < c->n; i++) {
		o = json_new_object();
		answer_put_words(o, "what", c->at[i].what);
		answer_put_words(o, "was", c->at[i].was);
		answer_put_words(o, "now", c->at[i].now);
		json_list_add(list, o);
	}
	json_put_member(top, "changes", list);
}

int reseal_json(const struct reseal_outcome *o)
{
	struct json_object *top = answer_new(o->code);
	const struct forecast *f = &o->report->forecast;

	json_put_bool(top, "dry_run", o->dry_run);
	json_put_text(top, "policy", policy_word(o));
	if (!o->dry_run && o->r == 0)
		json_put_number(top, "generation", o->report->generation);
	json_put_text(top, "next_boot", report_next_boot_word(o->report, o->r));
	answer_put_words(top, "failure", o->why);
	put_paths(top, f);
	answer_put_notes(top, "left_out", f->left_out, f->left_out_count);
	answer_put_notes(top, "accepted", f->accepted, f->accepted_count);
	answer_put_notes(top, "refused", f->refused, f->refused_count);
	answer_put_notes(top, "warnings", f->warning, f->warning_count);
	answer_put_notes(top, "obstacles", o->report->obstacles.at, o->report->obstacles.n);
	put_changes(top, &o->report->changes);
	return answer_print(top);
}
