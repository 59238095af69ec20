#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/cmd_recovery_key.h"
#include "cli/cmd_volume.h"
#include "cli/confidential.h"
#include "cli/events.h"
#include "cli/evidence.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/sheet.h"
#include "machine/boot_initrd.h"
#include "machine/enroll.h"
#include "machine/enroll_pin.h"
#include "machine/record/boot_report.h"

static const char help[] =
	"usage: bootseal enroll [--key-file FILE] [--recovery-key | --no-recovery-key]\n"
	"                       [--escrow COMMAND] [--no-confirm] [--accept-current]\n"
	"                       [--boot-with-initrd] [--without-log] [--sheet FILE]\n"
	"                       [--pin | --pin-file FILE]\n"
	"       bootseal enroll --volume NAME [--key-file FILE]\n\n"
	"Makes the encrypted root unlock automatically when this machine boots what is\n"
	"installed on it, and the volumes of /etc/crypttab beside it that are open now.\n"
	"The passphrases stay valid. At the end a recovery key is made\n"
	"and shown, unless there is one already (see 'bootseal recovery-key --help').\n"
	"On a machine that was enrolled before, after a boot that the TPM did not unlock,\n"
	"it shows what has changed since and asks before it accepts that.\n\n"
	"  --key-file FILE    read the passphrase from FILE (\"-\": standard input), all\n"
	"                     its bytes, instead of asking; then no recovery key is made,\n"
	"                     since there may be no one to note it\n"
	"  --pin              ask for a new PIN, twice: from then on the TPM unlocks only\n"
	"                     after it was typed. Without this an earlier one is taken\n"
	"                     away\n"
	"  --pin-file FILE    the same, with the PIN in the one line of FILE (\"-\":\n"
	"                     standard input)\n"
	"  --recovery-key     with --key-file: make one anyway\n"
	"  --no-recovery-key  make none\n"
	"  --escrow COMMAND   before anything else, make a new recovery key, the only one\n"
	"                     from then on, and run this command by /bin/sh with the key\n"
	"                     on its standard input, instead of showing it: where it\n"
	"                     fails nothing is enrolled\n"
	"  --sheet FILE       make a recovery key and do not show it: write a page to\n"
	"                     print, PDF, into a new file; best one below /run\n"
	"  --no-confirm       do not ask to type the recovery key back\n"
	"  --accept-current   list what changed since the earlier enrolment and accept it\n"
	"                     without asking: only when the changes are yours\n"
	"  --boot-with-initrd where the menu starts Linux without an initrd first, as in\n"
	"                     images for clouds: switch that off; then restart and enroll\n"
	"  --without-log      do without the firmware's event log, which is damaged or\n"
	"                     wrong: tell each boot from the values of the PCRs. Holds\n"
	"                     until 'remove', or until 'enroll' finds the log good again\n"
	"  --require-confidential\n"
	"                     only in a Confidential VM, proven as 'bootseal attest' does\n"
	"                     it, and with its options: --certificates, --fetch...\n"
	"  --volume NAME      on an enrolled machine: one volume that the running system\n"
	"                     opens, by its name in /etc/crypttab, with its passphrase\n"
	"  --tcti TCTI        the TPM to use: device:PATH\n\n"
	"Exit codes: 0 done; 5 refused, or the next boot will ask for the passphrase;\n"
	"1 failure; 2 usage; 3 --boot-with-initrd changed the menu: restart first, or\n"
	"with --volume: not enrolled; 4 no TPM.\n";

static void progress(void *ctx, enum enroll_step step, const char *detail)
{
	static const char *const words[] = {
		[ENROLL_LOG] = "Event log",
		[ENROLL_VERDICT] = "This boot",
		[ENROLL_PCRS] = "PCRs",
		[ENROLL_VOLUME] = "Volume",
		[ENROLL_TPM] = "TPM",
		[ENROLL_PIN] = "PIN",
		[ENROLL_KEYSLOT] = "Keyslot",
		[ENROLL_INITRDS] = "Initrds",
		[ENROLL_POLICY] = "Policy",
	};

	if (step == ENROLL_INITRDS)
		detail = "rebuilding every initrd; this takes a while";
	else if (step == ENROLL_POLICY)
		detail = "computing what each boot path will measure";
	else if (step == ENROLL_DONE)
		return;
	log_note_row(words[step], "%s", detail);
	fflush(stdout);
}

struct arguments {
	struct enroll_options enroll;
	const char *key_file, *volume, *escrow, *sheet, *pin_file;
	struct secret pin;
	bool asks_pin, recovery, no_recovery, no_confirm, with_initrd, confidential;
	struct evidence_options evidence;
	struct confidential_proof proof;
	char asked_for[TARGET_NAME_MAX]; /* the volume whose own passphrase was asked for last */
	unsigned asked;                  /* how often */
	bool not_accepted; /* what changed since an earlier enrolment: there is no more to say */
};

/* What the TPM did not unlock vouches for nothing: old and new are shown, and a person decides. */
static int accept_changes(struct arguments *a, const struct changes *c, struct error *err)
{
	if (c->n == 0)
		return 0;
	report_changes("This machine was enrolled before. This differs from what was enrolled:", c);
	if (a->enroll.accept_current)
		return 0;
	puts("The TPM did not unlock this boot. If these changes are not yours, somebody else\n"
	     "made them: do not go on, and do not type your passphrase on this machine again.");
	a->not_accepted = true;
	if (!ask_yes("Type \"yes\" if the changes are yours and shall be trusted: "))
		return error_set(err, -ECANCELED,
				 "the changes above are not accepted; 'bootseal enroll' at a terminal asks "
				 "about them, 'bootseal enroll --accept-current' accepts them if they are "
				 "yours");
	a->not_accepted = false;
	a->enroll.accepted = c;
	return 0;
}

/* A volume beside the root that has another passphrase. One from a file is one for all. */
static int ask_another(void *ctx, const char *name, struct secret *ret)
{
	struct arguments *a = ctx;
	struct error err = ERROR_NONE;
	char prompt[TARGET_NAME_MAX + 64];

	if (strcmp(a->asked_for, name) != 0)
		a->asked = 0;
	snprintf(a->asked_for, sizeof(a->asked_for), "%s", name);
	if (a->key_file || a->asked == ASK_TRIES)
		return -ENOTTY;
	log_row("", a->asked++ == 0 ? "%s has another passphrase; without one it stays as it is" :
				      "%s: this passphrase does not unlock it; try again", name);
	snprintf(prompt, sizeof(prompt), "Passphrase of %s: ", name);
	return ask_secret(prompt, &err, ret);
}

static int choose_pin(const struct machine *m, struct arguments *a, struct error *err)
{
	int r;

	if (!a->enroll.with_pin) {
		if (enroll_pin_is(m))
			log_row("PIN", "is taken away: without --pin the TPM unlocks without one");
		return 0;
	}
	r = ask_new_pin(a->pin_file, err, &a->pin);
	if (r == 0)
		log_note_row("PIN", "each boot asks for it, and the TPM counts wrong ones; an empty answer "
				    "leads to the passphrase");
	a->enroll.pin = &a->pin;
	return r;
}

/* Looks before it asks: what can be refused is refused before the passphrase is asked for. */
static int enroll(const struct machine *m, struct arguments *a, struct secret *passphrase,
		  struct reseal_report *report, struct error *err)
{
	struct enroll_look look = { .target_count = 0 };
	int r;

	if (a->confidential) {
		r = confidential_require(&a->evidence, a->enroll.tcti, err, &a->proof);
		if (r < 0)
			return r;
		a->enroll.srk = &a->proof.srk;
		a->enroll.confidential = a->proof.kind;
	}
	r = enroll_look(m, &a->enroll, err, &look);
	if (r == 0 && look.judgement.trust == TRUST_THIS_BOOT && boot_was_refused(m))
		log_row_marked(LOG_MARK_WARNING, "This boot",
			       "the TPM did not unlock it; what it ran is trusted from now on");
	if (r == 0)
		r = accept_changes(a, &look.judgement.changes, err);
	if (r == 0)
		r = ask_tested(m, a->key_file, err, passphrase);
	if (r == -EPERM)
		r = -ECANCELED;
	if (r == 0)
		r = choose_pin(m, a, err);
	/* nothing is enrolled whose recovery key nobody has */
	if (r == 0 && a->escrow)
		r = recovery_hand_out(m, passphrase, &(struct recovery_options){ .escrow = a->escrow }, err);
	if (r == 0) {
		a->enroll.passphrase = passphrase;
		a->enroll.ask = ask_another;
		a->enroll.ask_ctx = a;
		r = enroll_run(m, &a->enroll, err, report);
	}
	enroll_look_free(&look);
	return r;
}

static int run(const struct machine *m, struct arguments *a)
{
	struct reseal_report report = RESEAL_REPORT_NONE;
	struct secret passphrase = SECRET_NONE;
	struct buffer ways = BUFFER_NONE;
	struct error err = ERROR_NONE;
	int r, recovery = 0;

	r = enroll(m, a, &passphrase, &report, &err);
	event_enrolment(m, &report, r, err.text[0] ? err.text : strerror(-r));
	report_forecast(&report.forecast, false);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		log_say("enrolment failed; your passphrase still works");
		if (!a->not_accepted)
			log_say("fix the problem above and run 'bootseal enroll' again");
	} else {
		/* with a passphrase from a file there may be no person to note the key */
		if (!a->no_recovery && !a->escrow && (a->recovery || a->sheet || !a->key_file))
			recovery = recovery_add(m, &passphrase,
						&(struct recovery_options){ .confirm = !a->no_confirm,
									    .sheet = a->sheet },
						&err);
		if (recovery < 0)
			log_say("enrolled, but without a recovery key: %s", err.text);
		if (report.unpublished.text[0])
			log_say("REFERENCE VALUES NOT WRITTEN: %s", report.unpublished.text);
		report_next_boot(&report);
		report_ways(m, &ways);
		log_note_row("Otherwise", "%s", buffer_str(&ways));
		buffer_free(&ways);
		report_panic(&report.forecast);
		if (a->confidential)
			confidential_say_agents(m);
		/* a script that has asked for one is told */
		r = !report.default_covered ? -ECANCELED : a->recovery || a->sheet ? recovery : 0;
	}
	secret_free(&passphrase);
	secret_free(&a->pin);
	reseal_report_free(&report);
	return cli_exit_code(r);
}

/* EXIT_YES: nothing had to be changed, so go on. */
static int boot_with_initrd(const struct machine *m)
{
	struct error err = ERROR_NONE;
	const char *file;
	int r;

	r = boot_initrd_enforce(m, &err, &file);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r);
	}
	if (r == 0)
		return EXIT_YES;
	log_row("Menu", "starts Linux with its initrd from now on (%s)", file);
	log_say("not enrolled yet: restart this machine, then run 'bootseal enroll' again");
	return EXIT_NOT_ENROLLED;
}

static bool take(int c, const char *arg, struct arguments *a)
{
	if (c == 'p')
		a->asks_pin = true;
	if (c == 'q')
		a->pin_file = arg;
	if (c == 'k')
		a->key_file = arg;
	else if (c == 't')
		a->enroll.tcti = arg;
	else if (c == 'v')
		a->volume = arg;
	else if (c == 'p' || c == 'q')
		a->enroll.with_pin = true;
	else if (c == 'r')
		a->recovery = true;
	else if (c == 'n')
		a->no_recovery = true;
	else if (c == 'e')
		a->escrow = arg;
	else if (c == 's')
		a->sheet = arg;
	else if (c == 'c')
		a->no_confirm = true;
	else if (c == 'a')
		a->enroll.accept_current = true;
	else if (c == 'i')
		a->with_initrd = true;
	else if (c == 'w')
		a->enroll.without_log = true;
	else if (c == 'o')
		a->confidential = true;
	else
		return evidence_take(c, arg, &a->evidence);
	return true;
}

/* The first option that does not go with --volume; NULL: none was given. */
static const char *beside_volume(const struct arguments *a)
{
	return a->escrow ? "--escrow" : a->sheet ? "--sheet" : a->recovery ? "--recovery-key" :
	       a->no_recovery ? "--no-recovery-key" : a->no_confirm ? "--no-confirm" :
	       a->with_initrd ? "--boot-with-initrd" : a->enroll.accept_current ? "--accept-current" :
	       a->enroll.without_log ? "--without-log" : a->confidential ? "--require-confidential" :
	       a->pin_file ? "--pin-file" : a->enroll.with_pin ? "--pin" : a->enroll.tcti ? "--tcti" : NULL;
}

/* EXIT_YES: the options go together. */
static int check_together(const struct arguments *a)
{
	if (a->evidence.given && !a->confidential) {
		log_say("enroll: --%s goes with --require-confidential", a->evidence.given);
		return cli_usage("enroll", NULL);
	}
	if (a->evidence.bad)
		return cli_refuse("enroll", a->evidence.bad);
	if (a->recovery && a->no_recovery)
		return cli_refuse("enroll", "--recovery-key and --no-recovery-key exclude each other");
	if (a->escrow && a->no_recovery)
		return cli_refuse("enroll", "--escrow and --no-recovery-key exclude each other");
	if (a->sheet && (a->no_recovery || a->escrow))
		return cli_refuse("enroll",
				  "--sheet is for a new key: neither --no-recovery-key nor --escrow");
	if (a->sheet && strcmp(a->sheet, SHEET_STDOUT) == 0)
		return cli_refuse("enroll", "--sheet -: standard output has other words; use 'bootseal "
					    "recovery-key --sheet -' afterwards");
	if (a->pin_file && a->asks_pin)
		return cli_refuse("enroll", "--pin and --pin-file exclude each other");
	if (a->pin_file && a->key_file && strcmp(a->pin_file, "-") == 0 && strcmp(a->key_file, "-") == 0)
		return cli_refuse("enroll", "--key-file and --pin-file cannot both be standard input");
	if (a->volume && beside_volume(a)) {
		log_say("enroll: only --key-file goes with --volume, not %s", beside_volume(a));
		return cli_usage("enroll", NULL);
	}
	return EXIT_YES;
}

static int run_as_root(const struct arguments *given)
{
	struct arguments a = *given;
	struct error err = ERROR_NONE;
	struct machine m;
	int code;

	if (!cli_need_root("enroll"))
		return EXIT_FAILED;
	if ((a.sheet && sheet_check(a.sheet, &err) < 0) || machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	if (a.volume)
		return enroll_volume(&m, a.volume, a.key_file);
	if (a.with_initrd) {
		code = boot_with_initrd(&m);
		if (code != EXIT_YES)
			return code;
	}
	return run(&m, &a);
}

int cmd_enroll(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key-file", required_argument, NULL, 'k' },
		{ "recovery-key", no_argument, NULL, 'r' },
		{ "no-recovery-key", no_argument, NULL, 'n' },
		{ "escrow", required_argument, NULL, 'e' },
		{ "sheet", required_argument, NULL, 's' },
		{ "no-confirm", no_argument, NULL, 'c' },
		{ "accept-current", no_argument, NULL, 'a' },
		{ "boot-with-initrd", no_argument, NULL, 'i' },
		{ "without-log", no_argument, NULL, 'w' },
		{ "require-confidential", no_argument, NULL, 'o' },
		{ "volume", required_argument, NULL, 'v' },
		{ "pin", no_argument, NULL, 'p' },
		{ "pin-file", required_argument, NULL, 'q' },
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		EVIDENCE_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .enroll = { .progress = progress } };
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		if (!take(c, optarg, &a))
			return cli_usage("enroll", NULL);
	}
	if (optind < argc)
		return cli_usage("enroll", argv[optind]);
	c = check_together(&a);
	return c == EXIT_YES ? run_as_root(&a) : c;
}
