#include "cli/check_answer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/version.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "machine/record/boot_report.h"

static int judge_outlook(const struct outlook *o)
{
	bool known = o->verdict != VERDICT_MISMATCH && !o->pending;

	return known && o->default_unlocks && o->obstacles.n == 0 ? EXIT_YES : EXIT_WILL_NOT;
}

void check_answer_judge(struct check_answer *a, int r, const struct outlook *o, const struct error *err)
{
	if (r == 0) {
		a->outlook = o;
		a->code = judge_outlook(o);
		return;
	}
	a->reason = err->text[0] ? err->text : strerror(-r);
	/* no TPM, index or header of the enrolment: bootseal-unlock finds the same */
	a->asks = r == -EKEYREJECTED && !a->elsewhere;
	if (a->asks)
		a->code = EXIT_WILL_NOT;
	else if (!a->elsewhere)
		a->code = cli_exit_code(r);
	else
		a->code = r == -ENODATA ? EXIT_NOT_ENROLLED : EXIT_FAILED;
}

static const char *next_boot(const struct check_answer *a)
{
	const struct outlook *o = a->outlook;

	if (a->code == EXIT_YES)
		return "unlocks";
	if (a->code == EXIT_NOT_ENROLLED)
		return "not-enrolled";
	if (!o)
		return a->asks ? "asks" : "unknown";
	if (o->verdict == VERDICT_MISMATCH || o->pending)
		return "unknown";
	return o->default_unlocks ? "waits" : "asks";
}

static bool unlocked_by_tpm(const struct machine *m)
{
	struct error why = ERROR_NONE;
	struct boot_report report;

	return boot_report_read(m, &why, &report) == 0 && report.opened;
}

static void put_outlook(struct json_object *top, const struct outlook *o)
{
	struct json_object *list = json_new_list(), *path;

	json_put_number(top, "policy_generation", o->generation);
	json_put_bool(top, "pending_change", o->pending);
	json_put_bool(top, "pin", o->obstacles.pin);
	for (size_t i = 0; i < o->path_count; i++) {
		path = json_new_object();
		answer_put_words(path, "label", o->path[i].label);
		json_put_bool(path, "default", o->path[i].is_default);
		json_put_bool(path, "unlocks", o->path[i].unlocks);
		answer_put_words(path, "why", o->path[i].unlocks ? "" : o->path[i].why);
		json_list_add(list, path);
	}
	json_put_member(top, "paths", list);
	answer_put_notes(top, "obstacles", o->obstacles.at, o->obstacles.n);
	answer_put_notes(top, "not_covered", o->left_out, o->left_out_count);
	answer_put_notes(top, "warnings", o->warning, o->warning_count);
}

struct json_object *check_answer_object(const struct machine *m, const struct check_answer *a)
{
	struct json_object *top = answer_new(a->code);

	json_put_number(top, "checked_at", a->at);
	json_put_bool(top, "enrolled", a->code != EXIT_NOT_ENROLLED);
	json_put_text(top, "next_boot", next_boot(a));
	answer_put_words(top, "reason", a->outlook ? a->outlook->reason : a->reason);
	if (!a->elsewhere) {
		json_put_bool(top, "this_boot_unlocked_by_tpm", unlocked_by_tpm(m));
		json_put_bool(top, "this_boot_trusted", boot_trusted(m));
	}
	if (a->outlook)
		put_outlook(top, a->outlook);
	return top;
}

static void gauge(struct buffer *b, const char *name, const char *help, int64_t value)
{
	buffer_addf(b, "# HELP bootseal_%s %s\n# TYPE bootseal_%s gauge\n", name, help, name);
	buffer_addf(b, "bootseal_%s %" PRId64 "\n", name, value);
}

int check_answer_metrics(const struct machine *m, const struct check_answer *a, struct buffer *ret)
{
	bool enrolled = a->code != EXIT_NOT_ENROLLED;

	buffer_add_str(ret, "# HELP bootseal_build_info The installed bootseal.\n"
			    "# TYPE bootseal_build_info gauge\n"
			    "bootseal_build_info{version=\"" BOOTSEAL_VERSION "\"} 1\n");
	gauge(ret, "check_timestamp_seconds", "When bootseal check ran last.", a->at);
	gauge(ret, "check_exit_code", "Its exit code: 0 yes, 5 no or unknown, 3 not enrolled.", a->code);
	gauge(ret, "enrolled", "Is the root of this machine enrolled?", enrolled);
	gauge(ret, "reboot_held", "Does the guard hold back automatic restarts?",
	      machine_exists(m, HELD_REBOOT_PATH));
	if (enrolled) {
		gauge(ret, "next_boot_unlocks", "Will it unlock automatically? 0 also when that is unknown.",
		      a->code == EXIT_YES);
		gauge(ret, "next_boot_unknown", "Is it unknown what the next boot will do?",
		      strcmp(next_boot(a), "unknown") == 0);
		gauge(ret, "this_boot_unlocked_by_tpm", "Did the TPM unlock the boot that runs?",
		      unlocked_by_tpm(m));
		gauge(ret, "this_boot_trusted", "Did it, or did root enrol or accept this boot?",
		      boot_trusted(m));
	}
	if (a->outlook) {
		gauge(ret, "policy_generation", "The policy in force; every change adds one.",
		      a->outlook->generation);
		gauge(ret, "pin", "Does the TPM unlock only after a PIN was typed?",
		      a->outlook->obstacles.pin);
		gauge(ret, "warnings", "Warnings of bootseal check.", (int64_t)a->outlook->warning_count);
	}
	return buffer_ok(ret) ? 0 : -ENOMEM;
}
