#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/cmd_recovery_key.h"
#include "cli/report.h"
#include "machine/enroll.h"
#include "machine/recovery.h"

static const char help[] =
	"usage: bootseal enroll [--key-file FILE] [--recovery-key | --no-recovery-key]\n"
	"                       [--no-confirm]\n\n"
	"Makes the encrypted root unlock automatically when this machine boots what is\n"
	"installed on it. The passphrase stays valid. At the end a recovery key is made\n"
	"and shown, unless there is one already (see 'bootseal recovery-key --help').\n\n"
	"  --key-file FILE    read the passphrase from FILE (\"-\": standard input), all\n"
	"                     its bytes, instead of asking; then no recovery key is made,\n"
	"                     since there may be no one to note it\n"
	"  --recovery-key     with --key-file: make one anyway\n"
	"  --no-recovery-key  make none\n"
	"  --no-confirm       do not ask to type the recovery key back\n"
	"  --tcti TCTI        the TPM to use: device:PATH, swtpm:host=H,port=N or\n"
	"                     swtpm:path=SOCKET\n";

static void progress(void *ctx, enum enroll_step step, const char *detail)
{
	static const char *const words[] = {
		[ENROLL_VERDICT] = "This boot",
		[ENROLL_VOLUME] = "Volume",
		[ENROLL_TPM] = "TPM",
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
	log_row(words[step], "%s", detail);
	fflush(stdout);
}

/* Keeps an existing key, which a person has noted. */
static int add_recovery_key(const struct machine *m, const struct secret *passphrase, bool confirm,
			    struct error *err)
{
	uint32_t present;
	int r;

	r = recovery_check(m, passphrase, err, &present);
	return r < 0 || present ? r : recovery_show_and_set(m, passphrase, confirm, err);
}

struct arguments {
	struct enroll_options enroll;
	const char *key_file;
	bool recovery, no_recovery, no_confirm;
};

static int run(const struct machine *m, struct arguments *a)
{
	struct reseal_report report = RESEAL_REPORT_NONE;
	struct secret passphrase = SECRET_NONE;
	struct buffer ways = BUFFER_NONE;
	struct error err = ERROR_NONE;
	int r;

	r = ask_passphrase(ASK_ROOT, a->key_file, &err, &passphrase);
	if (r == 0) {
		a->enroll.passphrase = &passphrase;
		r = enroll_run(m, &a->enroll, &err, &report);
	}
	report_forecast(&report.forecast, false);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		log_say("enrolment failed; your passphrase still works");
		log_say("fix the problem above and run 'bootseal enroll' again");
	} else {
		/* with a passphrase from a file there may be no person to note the key */
		if (!a->no_recovery && (a->recovery || !a->key_file) &&
		    add_recovery_key(m, &passphrase, !a->no_confirm, &err) < 0)
			log_say("enrolled, but without a recovery key: %s", err.text);
		report_next_boot(&report);
		report_ways(m, &ways);
		log_row("Otherwise", "%s", buffer_str(&ways));
		buffer_free(&ways);
		if (!report.default_covered)
			r = -ECANCELED;
	}
	secret_free(&passphrase);
	reseal_report_free(&report);
	return cli_exit_code(r);
}

int cmd_enroll(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key-file", required_argument, NULL, 'k' },
		{ "recovery-key", no_argument, NULL, 'r' },
		{ "no-recovery-key", no_argument, NULL, 'n' },
		{ "no-confirm", no_argument, NULL, 'c' },
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .enroll = { .progress = progress } };
	struct error err = ERROR_NONE;
	struct machine m;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			a.key_file = optarg;
		else if (c == 't')
			a.enroll.tcti = optarg;
		else if (c == 'r')
			a.recovery = true;
		else if (c == 'n')
			a.no_recovery = true;
		else if (c == 'c')
			a.no_confirm = true;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage("enroll", NULL);
	}
	if (optind < argc || (a.recovery && a.no_recovery))
		return cli_usage("enroll", argv[optind]);
	if (!cli_need_root("enroll"))
		return EXIT_FAILED;
	if (machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return run(&m, &a);
}
