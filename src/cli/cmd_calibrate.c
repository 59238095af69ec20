#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/options.h"
#include "cli/root.h"
#include "machine/chain/calibration.h"
#include "machine/record/notice.h"
#include "machine/reseal.h"
#include "machine/system/foreign.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"

static const char help[] =
	"usage: bootseal calibrate [--boot] [--force] [--json]\n"
	"       bootseal calibrate --root DIR [--pcrs FILE] [--json]\n\n"
	"Does the model reproduce the running boot, event by event? The verdict is\n"
	"recorded in " CALIBRATION_PATH " and holds for this\n"
	"boot: it is made once, while the files on the disk are still those that booted.\n\n"
	"  --boot        for the boot service: quiet when the model is exact; also\n"
	"                repeats a reseal that failed before and updates\n"
	"                " NOTICE_PATH "\n"
	"  --force       calibrate again, although this boot has a verdict\n"
	"  --json        for programs (doc/fleet.md)\n"
	"  --tcti TCTI   the TPM to use\n"
	ROOT_HELP
	"\nExit codes: 0 exact, or exact but for files that changed since this boot;\n"
	"1 failure; 2 usage; 4 no TPM; 5 the model does not reproduce this boot.\n"
	"With --root the verdict is always a new one, recorded nowhere, and printed\n"
	"first: 0 'exact', 6 'inputs changed', 5 'mismatch', with the first event\n"
	"that differs; 1 also when the event log does not replay to the values of --pcrs.\n";

struct arguments {
	bool boot, force;
	const char *tcti;
	struct root_options other;
};

static const char *const verdicts[] = {
	[VERDICT_EXACT] = "exact",
	[VERDICT_INPUTS_CHANGED] = "inputs-changed",
	[VERDICT_MISMATCH] = "mismatch",
};

/* changed: the code where the model is exact but for files that changed */
static int verdict_code(const struct calibration *c, int changed)
{
	return c->verdict == VERDICT_EXACT ? EXIT_YES :
	       c->verdict == VERDICT_INPUTS_CHANGED ? changed : EXIT_WILL_NOT;
}

static int print_json(const struct calibration *c, const struct chain *chain, const char *compared, int code)
{
	struct json_object *top = answer_new(code), *list = json_new_list();

	json_put_text(top, "verdict", verdicts[c->verdict]);
	answer_put_words(top, "boot_path", c->label);
	answer_put_words(top, "boot_chain", chain_summary(chain));
	answer_put_words(top, "reason", c->reason);
	for (size_t i = 0; i < c->file_count; i++)
		if (c->file[i].changed)
			answer_list_words(list, c->file[i].path);
	json_put_member(top, "changed", list);
	json_put_text(top, "compared_with", compared);
	return answer_print(top) < 0 ? EXIT_FAILED : code;
}

static int say(const struct calibration *c, const struct chain *chain, bool quiet)
{
	switch (c->verdict) {
	case VERDICT_EXACT:
		if (!quiet)
			log_print(2, "exact: %s; %s", c->label, chain_summary(chain));
		return EXIT_YES;
	case VERDICT_INPUTS_CHANGED:
		log_print(2, "exact but for files that changed: %s; %s", c->label, chain_summary(chain));
		log_print(2, "%s", c->reason);
		return EXIT_YES;
	case VERDICT_MISMATCH:
		break;
	}
	log_say("the model does not reproduce this boot: %s", c->reason);
	log_say("the policy stays as it is");
	return EXIT_WILL_NOT;
}

static int run(const struct machine *m, const struct arguments *a)
{
	struct calibration c = CALIBRATION_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options o = { .pcrs = pcrs, .again = a->force, .record = true };
	struct error err = ERROR_NONE;
	struct chain *chain = NULL;
	const char *verdict = "";
	struct tpm *tpm = NULL;
	int r;

	r = tpm_open(a->tcti, &err, &tpm);
	if (r == 0)
		r = chain_load(m, &err, &chain);
	if (r == 0)
		r = tpm_pcrs(tpm, chain_pcrs(chain), &err, pcrs);
	tpm_close(tpm);
	if (r == 0)
		r = chain_calibrate(chain, &o, &err, &c);
	if (r < 0) {
		log_say("cannot calibrate: %s", err.text[0] ? err.text : strerror(-r));
		r = cli_exit_code(r);
	} else {
		r = answer_is_json() ? print_json(&c, chain, "tpm", verdict_code(&c, EXIT_YES)) :
				       say(&c, chain, a->boot);
		verdict = verdicts[c.verdict];
	}
	if (a->boot)
		event_boot(m, verdict);
	calibration_free(&c);
	chain_free(chain);
	return r;
}

static int say_of_other(const struct calibration *c, const struct chain *chain)
{
	switch (c->verdict) {
	case VERDICT_EXACT:
		log_print(2, "exact: %s; %s", c->label, chain_summary(chain));
		return EXIT_YES;
	case VERDICT_INPUTS_CHANGED:
		log_print(2, "inputs changed: %s; %s", c->label, chain_summary(chain));
		log_print(2, "%s", c->reason);
		return EXIT_CHANGED;
	case VERDICT_MISMATCH:
		break;
	}
	log_print(2, "mismatch: %s", c->reason);
	return EXIT_WILL_NOT;
}

/* A collected machine: nothing is recorded there. */
static int run_other(const struct machine *m, const struct root_options *other)
{
	static const struct calibrate_options o = { .again = true };
	struct calibration c = CALIBRATION_NONE;
	struct error err = ERROR_NONE;
	struct chain *chain = NULL;
	struct pcr_values pcrs;
	int has_pcrs, r;

	has_pcrs = r = root_pcrs(other, &err, &pcrs);
	if (r >= 0)
		r = chain_load(m, &err, &chain);
	if (r == 0 && has_pcrs)
		r = chain_check_pcrs(chain, &pcrs, other->pcrs, &err);
	if (r == 0)
		r = chain_calibrate(chain, &o, &err, &c);
	if (r < 0) {
		log_say("cannot calibrate: %s", err.text[0] ? err.text : strerror(-r));
		r = EXIT_FAILED;
	} else if (answer_is_json()) {
		r = print_json(&c, chain, has_pcrs ? "pcrs" : "", verdict_code(&c, EXIT_CHANGED));
	} else {
		r = say_of_other(&c, chain);
		if (!has_pcrs)
			puts("without --pcrs: the event log was not compared with PCR values");
	}
	calibration_free(&c);
	chain_free(chain);
	return r;
}

/* After any verdict: an earlier failure may be over now, and the notice tells how this boot was unlocked. */
static void settle(const struct machine *m, const char *tcti)
{
	struct reseal_report report;
	struct error err = ERROR_NONE;
	int r;

	if (foreign_refuse(m, &err) == -ECANCELED)
		log_say("%s", err.text);
	r = reseal_retry(m, tcti, &err, &report);
	if (r != 0)
		event_policy(m, &report, r < 0 ? r : 0, err.text);
	if (r < 0)
		log_say("the policy still could not be moved: %s", err.text);
	reseal_report_free(&report);
	if (notice_update(m, &err) < 0)
		log_say("%s", err.text);
}

int cmd_calibrate(int argc, char **argv)
{
	static const struct option options[] = {
		{ "boot", no_argument, NULL, 'b' },
		{ "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "tcti", required_argument, NULL, 't' },
		ROOT_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .boot = false };
	struct machine m;
	int c, code;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'b')
			a.boot = true;
		else if (c == 'f')
			a.force = true;
		else if (c == 'j')
			answer_want_json();
		else if (c == 't')
			a.tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else if (!root_take(c, optarg, &a.other))
			return cli_usage("calibrate", NULL);
	}
	if (optind < argc)
		return cli_usage("calibrate", argv[optind]);
	code = root_machine("calibrate", &a.other,
			    a.boot ? "--boot" : a.tcti ? "--tcti" : NULL, &m);
	if (code >= 0)
		return code;
	if (a.other.root)
		return run_other(&m, &a.other);
	code = run(&m, &a);
	if (a.boot)
		settle(&m, a.tcti);
	return code;
}
