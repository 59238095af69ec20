#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/announce.h"
#include "cli/answer.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/reseal_json.h"
#include "machine/record/state.h"
#include "machine/reseal.h"
#include "seal/anchor.h"

static const char help[] =
	"usage: bootseal reseal [--dry-run] [--accept-current [--yes]] [--json]\n"
	"       bootseal reseal [--next-db FILE] [--next-dbx FILE] [...] [--json]\n"
	"       bootseal reseal --hook [--strict] [--initrd RELEASE PATH]\n\n"
	"Computes what the next boot will measure and moves the TPM's policy there. Hooks\n"
	"run it after every change of kernel, initrd or boot loader.\n\n"
	"  --dry-run          say what would be sealed; write nothing\n"
	"  --strict           with --hook: a failure or refusal gives a non-zero exit\n"
	"                     code, too\n"
	"  --accept-current   list what differs from what was sealed, old beside new, and\n"
	"                     accept it: only when you know why the TPM did not unlock\n"
	"                     this boot. At a terminal it asks first\n"
	"  --yes              with --accept-current: do not ask\n"
	"  --json             for programs (doc/fleet.md)\n"
	"  --hook             for package hooks: quiet where nothing is enrolled, exit\n"
	"                     code 0 after every failure unless --strict is given\n"
	"  --initrd RELEASE PATH\n"
	"                     with --hook: this initrd was just made for this kernel\n"
	ANNOUNCE_HELP
	"  --unless-dpkg      with --hook: nothing while dpkg runs, whose hooks follow\n"
	"  --tcti TCTI        the TPM to use\n\n"
	"Exit codes: 0 done; 5 refused, one file was refused, or the default boot path\n"
	"is not covered; 1 failure; 2 usage; 3 not enrolled; 4 no TPM.\n";

struct arguments {
	struct reseal_options reseal;
	struct announcements next;
	bool strict, hook, unless_dpkg, yes, help;
	const char *release, *initrd;
	const char *extra; /* a word too many */
	const char *wrong; /* which options do not go together */
};

static const char *contradiction(const struct arguments *a)
{
	if (a->release && !a->initrd)
		return "--initrd takes two words: PATH is missing";
	if (answer_is_json() && a->hook)
		return "--hook answers no program: no --json";
	if (answer_is_json() && a->reseal.accept_current && !a->reseal.dry_run && !a->yes)
		return "--json asks nothing: --accept-current goes with --yes or --dry-run";
	if (a->yes && !a->reseal.accept_current)
		return "--yes goes with --accept-current";
	if (announce_given(&a->next) && a->hook)
		return "--hook announces no keys: no --next-...";
	if (announce_given(&a->next) && a->reseal.dry_run)
		return "--dry-run announces no keys: no --next-...";
	return NULL;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "strict", no_argument, NULL, 's' },
		{ "accept-current", no_argument, NULL, 'a' },
		{ "yes", no_argument, NULL, 'y' },
		{ "hook", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "unless-dpkg", no_argument, NULL, 'd' },
		ANNOUNCE_OPTIONS,
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		switch (c) {
		case 'n':
			a->reseal.dry_run = true;
			break;
		case 's':
			a->strict = true;
			break;
		case 'a':
			a->reseal.accept_current = true;
			break;
		case 'y':
			a->yes = true;
			break;
		case 'k':
			a->hook = true;
			break;
		case 'j':
			answer_want_json();
			break;
		case 'i':
			a->release = optarg;
			break;
		case 'd':
			a->unless_dpkg = true;
			break;
		case 't':
			a->reseal.tcti = optarg;
			break;
		case 'h':
			a->help = true;
			break;
		default:
			if (!announce_take(c, optarg, &a->next))
				return false;
		}
	}
	if (a->release && optind < argc)
		a->initrd = argv[optind++];
	a->extra = argv[optind];
	a->wrong = contradiction(a);
	return optind == argc && !a->wrong;
}

/* As after a first enrolment that ended before its policy. */
static bool has_no_policy(const struct machine *m)
{
	struct state s;

	return state_load(m, NULL, &s) == 0 && s.generation == 0;
}

static void say_failure(const struct machine *m, const struct arguments *a,
			const struct reseal_report *report, int r, const struct error *err)
{
	bool none = !report->moved && has_no_policy(m);

	if (a->reseal.dry_run) {
		log_say("a reseal would not move the policy: %s", err->text[0] ? err->text : strerror(-r));
		return;
	}
	log_say("%s: %s",
		report->moved ? "THE NEW POLICY IS IN FORCE, BUT THIS FAILED" :
		none ? "NO POLICY WAS MADE" : "THE POLICY WAS NOT MOVED",
		err->text[0] ? err->text : strerror(-r));
	if (none)
		log_say("the enrolment was not finished, so there is no policy yet: fix the problem above "
			"and run 'bootseal enroll' again");
	else if (!report->moved)
		log_say("the old policy stays in force");
	report_next_boot_now(m, a->reseal.tcti);
	log_say("see 'bootseal check'; 'bootseal status' repeats this until it is fixed");
}

static int success_code(const struct reseal_report *report)
{
	return report->partly || !report->default_covered ? EXIT_WILL_NOT : EXIT_YES;
}

static int say_success(const struct arguments *a, const struct reseal_report *report)
{
	if (!a->hook || report->changed || report->partly || !report->default_covered) {
		if (!a->reseal.dry_run)
			log_note_row("Policy", "generation %u %s", report->generation,
				     report->changed ? "is in force now" : "is in force, as before");
		report_forecast(&report->forecast, true);
		report_next_boot(report);
	}
	if (report->unpublished.text[0])
		log_say("REFERENCE VALUES NOT WRITTEN: %s", report->unpublished.text);
	if (report->partly)
		log_say("REFUSED: %s: %s", report->forecast.refused[0].what, report->forecast.refused[0].why);
	return success_code(report);
}

static int tell_program(const struct arguments *a, const struct reseal_report *report, int r,
			const struct error *err)
{
	const struct reseal_outcome o = {
		.report = report,
		.dry_run = a->reseal.dry_run,
		.r = r,
		.why = r == 0 ? "" : err->text[0] ? err->text : strerror(-r),
		.code = r < 0 ? cli_exit_code(r) : success_code(report),
	};

	if (r < 0)
		log_say("%s", o.why);
	if (report->unpublished.text[0])
		log_say("REFERENCE VALUES NOT WRITTEN: %s", report->unpublished.text);
	return reseal_json(&o) < 0 ? EXIT_FAILED : o.code;
}

static int run(const struct machine *m, const struct arguments *a)
{
	struct reseal_report report = RESEAL_REPORT_NONE;
	struct error err = ERROR_NONE;
	int code, r = 0;

	if (a->release)
		r = reseal_vouch_initrd(m, a->release, a->initrd, &err);
	/* who rebuilds several initrds reseals once, after the last one */
	if (r == 0 && a->release && getenv("BOOTSEAL_RESEAL_LATER"))
		return EXIT_YES;
	if (r == 0)
		r = reseal_run(m, &a->reseal, &err, &report);
	if (!a->reseal.dry_run)
		event_policy(m, &report, r, err.text[0] ? err.text : strerror(-r));
	if (answer_is_json()) {
		code = tell_program(a, &report, r, &err);
	} else if (r < 0) {
		report_forecast(&report.forecast, true);
		say_failure(m, a, &report, r, &err);
		code = cli_exit_code(r);
	} else {
		if (a->reseal.dry_run && report.changes.n > 0)
			report_changes("This differs from what was sealed, and would be accepted:",
				       &report.changes);
		code = say_success(a, &report);
	}
	reseal_report_free(&report);
	return code;
}

/*
 * Lists what is about to be accepted, and asks a person. What could not be listed is not accepted: where this
 * fails, the reseal does, too, unless there is nothing to accept.
 */
static int show_and_ask(const struct machine *m, const struct arguments *a, struct reseal_report *ret)
{
	struct reseal_options look = a->reseal;
	struct error err = ERROR_NONE;

	look.dry_run = true;
	if (reseal_run(m, &look, &err, ret) < 0)
		changes_free(&ret->changes);
	if (ret->changes.n == 0)
		return EXIT_YES;
	if (!answer_is_json())
		report_changes("This differs from what was sealed, and is about to be accepted:",
			       &ret->changes);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILED;
	if (a->yes || !ask_can())
		return EXIT_YES;
	if (ask_yes("Type \"yes\" if the changes are yours and shall be trusted: "))
		return EXIT_YES;
	log_say("nothing was accepted, and the policy was not moved");
	return EXIT_WILL_NOT;
}

static int run_listed(const struct machine *m, struct arguments *a)
{
	struct reseal_report shown = RESEAL_REPORT_NONE;
	int code;

	if (!a->reseal.accept_current || a->reseal.dry_run)
		return run(m, a);
	code = show_and_ask(m, a, &shown);
	if (code == EXIT_YES) {
		a->reseal.shown = &shown.changes;
		code = run(m, a);
		a->reseal.shown = NULL;
	}
	reseal_report_free(&shown);
	return code;
}

/*
 * Does apt or dpkg hold its lock? The kernel is asked about this very file: /proc/locks names inodes, and
 * anyone may lock a file of the same number on a file system of his own.
 */
static bool dpkg_runs(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("/var/lib/dpkg/lock-frontend", O_RDONLY | O_CLOEXEC);
	bool held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return held;
}

int cmd_reseal(int argc, char **argv)
{
	struct arguments a = { .strict = false };
	struct error err = ERROR_NONE;
	struct machine m = { .root = "" };
	int code;

	if (!parse(argc, argv, &a))
		return a.wrong && !a.extra ? cli_refuse("reseal", a.wrong) : cli_usage("reseal", a.extra);
	if (a.help)
		return fputs(help, stdout), EXIT_YES;
	/* then what would be done is what was asked for */
	if (a.reseal.dry_run && log_level() == LOG_LEVEL_QUIET)
		log_set_level(LOG_LEVEL_NORMAL);
	/* enroll rebuilds the initrds itself and holds the lock */
	if (a.hook && getenv("BOOTSEAL_ENROLLING"))
		return EXIT_YES;
	if (!cli_need_root("reseal"))
		return EXIT_FAILED;
	if (a.hook && a.unless_dpkg && dpkg_runs())
		return EXIT_YES;
	/*
	 * in a chroot, an image build or a machine that never enrolled, a hook has nothing to do and nothing
	 * to say
	 */
	if (a.hook && !file_exists(ANCHOR_PATH) && !file_exists(STATE_PATH))
		return EXIT_YES;
	if (machine_init(NULL, &err, &m) < 0) {
		log_say("THE POLICY WAS NOT MOVED: %s", err.text);
		log_row("Next boot", "%s", report_unseen(-EIO));
		state_note_failure(&m, err.text);
		return a.hook && !a.strict ? EXIT_YES : EXIT_FAILED;
	}
	if (!cli_need_enrolled(&m))
		return EXIT_NOT_ENROLLED;
	code = announce_given(&a.next) ? announce(&m, &a.next) : EXIT_YES;
	if (code == EXIT_YES)
		code = run_listed(&m, &a);
	code = cli_finish(code);
	/* said once, and no failure of apt's */
	clearerr(stdout);
	return a.hook && !a.strict ? EXIT_YES : code;
}
