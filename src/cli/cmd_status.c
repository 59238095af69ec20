#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/log.h"
#include "base/reader.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "cli/confidential.h"
#include "cli/report.h"
#include "cli/status_json.h"
#include "cli/when.h"
#include "machine/late.h"
#include "machine/record/boot_report.h"
#include "machine/record/image_first_boot.h"
#include "machine/record/late_volumes.h"
#include "machine/outlook.h"
#include "seal/tpm_tries.h"

static const char help[] =
	"usage: bootseal status [--json]\n\n"
	"What is enrolled, how this boot was unlocked, what the next boot will do. Exit\n"
	"codes: 0 the next boot will unlock automatically; 5 it will not, or that is\n"
	"unknown; 1 failure; 2 usage; 3 not enrolled; 4 no TPM.\n\n"
	"  --json        for programs (doc/fleet.md)\n"
	"  --tcti TCTI   the TPM to use\n";

static void line(const char *title, const char *text)
{
	log_row(title, "%s", text);
}

static void say_this_boot(const struct machine *m, const struct state *s, const char *summary)
{
	struct error err = ERROR_NONE;
	struct boot_report report;
	struct utsname u;
	char text[1024];
	int r;

	uname(&u);
	r = boot_report_read(m, &err, &report);
	if (r < 0)
		snprintf(text, sizeof(text), "not unlocked by the TPM: %s", text_after_tpm(err.text));
	else if (!report.opened)
		snprintf(text, sizeof(text), "NOT unlocked by the TPM: %s",
			 report.reason[0] ? text_after_tpm(report.reason) : "no reason was recorded");
	else
		snprintf(text, sizeof(text), "unlocked by the TPM in %u ms; %s%sLinux %s", report.total_ms,
			 summary, *summary ? ", " : "", u.release);
	log_row_marked(r == 0 && report.opened	? LOG_MARK_GOOD :
		       boot_before_enrolment(m) ? LOG_MARK_NONE :
						  LOG_MARK_BAD,
		       "This boot", "%s", text);
	if (r == 0 && report.window == WINDOW_OPEN)
		line("", "THE WINDOW WAS LEFT OPEN: the TPM can still unlock in this boot");
	if (!boot_trusted(m) && s->generation > 0) {
		line("", "changes are rejected until 'bootseal reseal --accept-current',");
		line("", "or until a boot that the TPM unlocks");
	}
}

static void say_next_boot(const struct outlook *o)
{
	bool default_sealed = o->path_count > 0 && o->path[0].is_default;
	struct path_group group[BRANCH_MAX];
	const size_t n = outlook_groups(o, group);
	char text[512];

	if (!default_sealed)
		log_row_marked(LOG_MARK_BAD, "Next boot", "%s", report_not_sealed(o->default_lacks_initrd));
	for (size_t i = 0; i < n; i++) {
		const struct outlook_path *p = &o->path[group[i].first];

		log_row_marked(p->unlocks ? LOG_MARK_GOOD : LOG_MARK_BAD,
			       i == 0 && default_sealed ? "Next boot" : "", "%s %s", p->label,
			       !p->unlocks	? "WILL ASK FOR THE PASSPHRASE" :
			       o->obstacles.pin ? "will unlock after the PIN" :
						  "will unlock");
		if (group[i].count > 1)
			log_row("", "  and %s", group[i].more);
		if (!p->unlocks)
			line("", p->why);
	}
	for (size_t i = o->obstacles.pin; i < o->obstacles.n; i++)
		log_row_marked(LOG_MARK_BAD, "", "%s: %s: %s", report_wait_words(o->default_unlocks),
			       o->obstacles.at[i].what, o->obstacles.at[i].why);
	for (size_t i = 0; i < o->left_out_count && !default_sealed; i++) {
		if (o->path_count > 0 && !strstr(o->left_out[i].what, "(default"))
			continue;
		snprintf(text, sizeof(text), "%s: %s", o->left_out[i].what, o->left_out[i].why);
		line("", text);
	}
	for (size_t i = 0; i < o->warning_count; i++) {
		snprintf(text, sizeof(text), "%s: %s", o->warning[i].what, o->warning[i].why);
		log_row_marked(LOG_MARK_WARNING, i == 0 ? "Warning" : "", "%s", text);
	}
	if (o->verdict == VERDICT_MISMATCH) {
		line("", "but this is a guess: the model does not reproduce the running boot:");
		line("", o->reason);
	}
}

/* o: NULL when the policy could not be read; the state still knows what was sealed last. */
static void say_policy(const struct state *s, const struct outlook *o)
{
	char text[256], at[WHEN_MAX], pcrs[64] = "";
	size_t n = 0;

	when(s->sealed_at, at);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (i != WINDOW_PCR && s->mask >> i & 1)
			n += snprintf(pcrs + n, sizeof(pcrs) - n, " %u", i);
	if (o && o->generation == 0)
		line("Policy", s->generation > 0 ?
				       "none is in force: no boot unlocks" :
				       "none: the enrolment was not finished; run 'bootseal enroll' again");
	else {
		snprintf(text, sizeof(text),
			 "generation %" PRIu32
			 " of %s with %zu boot path(s); PCRs%s; PCR %u closes the window%s",
			 o ? o->generation : s->generation, at, o ? o->branch_count : s->branch_count, pcrs,
			 WINDOW_PCR, o ? "" : "; not checked now");
		line("Policy", text);
	}
	if (s->failed && s->generation > 0) {
		when(s->failed_at, at);
		snprintf(text, sizeof(text), "THE LAST RESEAL (%s) REFUSED OR FAILED:", at);
		line("", text);
		line("", s->failure);
	}
}

static const char *next_unlock(int r, const struct outlook *o)
{
	if (r == -EKEYREJECTED)
		return "ASKS FOR THE PASSPHRASE at the next boot";
	if (r < 0 || o->verdict == VERDICT_MISMATCH || o->pending)
		return "it is unknown whether the next boot unlocks it";
	if (!o->default_unlocks)
		return "ASKS FOR THE PASSPHRASE at the next boot";
	return o->obstacles.pin ? "unlocks after the PIN" : "unlocks automatically";
}

static void say_late(const struct machine *m)
{
	struct error err = ERROR_NONE, why;
	struct anchor a;
	char text[600];
	int r;

	if (late_volumes_read(m, &err, &a) < 0)
		return;
	for (size_t i = 0; i < a.target_count; i++) {
		why = ERROR_NONE;
		r = late_check(m, &a.target[i], &why);
		if (r == 0)
			snprintf(text, sizeof(text), "opened by the system with a key on the root");
		else
			snprintf(text, sizeof(text), "%s: %s",
				 r == -ENOENT ? "not connected" : "WILL NOT BE OPENED", why.text);
		log_print(2, "%s (%s)  %s", a.target[i].name, a.target[i].uuid, text);
	}
}

/* The image's key still opens the volume. */
static void say_first_boot(const struct machine *m)
{
	struct image_first_boot b;

	if (!image_first_boot_read(m, &b))
		return;
	line("First boot", b.now.len > 0 ? buffer_str(&b.now) :
					   "not begun: 'systemctl status bootseal-first-boot' says why");
	if (b.in_clear)
		line("", "UNTIL IT IS OVER THE DISK HOLDS ITS KEY IN THE CLEAR");
	buffer_free(&b.now);
}

static void show(const struct machine *m, const char *tcti, const struct state *s, int r,
		 const struct outlook *o, const struct error *err)
{
	struct buffer ways = BUFFER_NONE;
	char title[TARGET_NAME_MAX + 64];

	for (size_t i = 0; i < s->volume_count; i++) {
		snprintf(title, sizeof(title), "%s (%s)", s->volume[i].name, s->volume[i].uuid);
		log_print(2, "%s  %s", title, next_unlock(r, o));
	}
	say_late(m);
	say_this_boot(m, s, o->summary);
	if (r < 0) {
		line("Next boot", report_unseen(r));
		line("", err->text[0] ? err->text : strerror(-r));
	} else {
		say_next_boot(o);
	}
	say_policy(s, r < 0 ? NULL : o);
	if (r == 0 && o->obstacles.pin)
		line("PIN", o->tries[0] ? o->tries : "needed beside the TPM; no try is used");
	if (r == 0 && o->obstacles.pin && o->tries_are_anyones)
		line("", TPM_TRIES_NOT_OWNED);
	confidential_say(m, tcti);
	report_ways(m, &ways);
	line("Otherwise", buffer_str(&ways));
	buffer_free(&ways);
}

static int look(const struct machine *m, const char *tcti)
{
	struct check_answer a = { .at = time(NULL) };
	struct outlook o = OUTLOOK_NONE;
	struct error err = ERROR_NONE;
	struct state s;
	int r, code;

	r = state_load(m, &err, &s);
	if (r < 0) {
		log_say("%s", err.text);
		return cli_exit_code(r);
	}
	r = outlook_make(m, tcti, &err, &o);
	check_answer_judge(&a, r, &o, &err);
	code = a.code;
	if (!answer_is_json())
		show(m, tcti, &s, r, &o, &err);
	else if (status_json(m, &a, &s) < 0)
		code = cli_exit_code(-ENOMEM);
	outlook_free(&o);
	return code;
}

int cmd_status(int argc, char **argv)
{
	const struct check_answer nothing = { .code = EXIT_NOT_ENROLLED, .at = time(NULL),
					      .reason = "not enrolled" };
	const char *tcti;
	const struct cli_takes takes = { .tcti = &tcti, .json = true };
	struct machine m;
	int code;

	code = cli_begin(argc, argv, help, &takes, &m);
	if (code >= 0)
		return code;
	if (!answer_is_json())
		say_first_boot(&m);
	if (cli_need_enrolled(&m))
		return look(&m, tcti);
	return answer_is_json() && status_json(&m, &nothing, NULL) < 0 ? EXIT_FAILED : EXIT_NOT_ENROLLED;
}
