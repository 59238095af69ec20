#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/check_answer.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/root.h"
#include "machine/outlook.h"
#include "machine/system/digests.h"

static const char help[] =
	"usage: bootseal check [--json] [--textfile FILE]\n"
	"       bootseal check [--json] --root DIR [--pcrs FILE]\n\n"
	"Will the next boot unlock automatically, and if not, why? Exit codes: 0 yes;\n"
	"5 no, or unknown; 1 failure; 2 usage; 3 not enrolled; 4 no TPM.\n\n"
	"  --json        for programs (doc/fleet.md)\n"
	"  --textfile FILE\n"
	"                also write metrics for Prometheus' node_exporter to FILE,\n"
	"                which is replaced in one step\n"
	"  --tcti TCTI   the TPM to use\n"
	ROOT_HELP
	"\nWith --root neither TPM nor LUKS header can be asked: the next boot is compared\n"
	"with what the last reseal recorded in DIR, and what is not judged is listed.\n"
	"Exit code 3: DIR has no such record; 1: failure, also when the event log does\n"
	"not replay to the values of --pcrs.\n";

#define WILL_ASK "No: the next boot will ask for the passphrase."

struct arguments {
	const char *textfile, *tcti;
	struct root_options other;
};

/* What a tree is judged by, and what is not judged when that was not collected. */
static const struct {
	const char *path, *what;
} judged_by[] = {
	{ "/proc/swaps", "whether swap is encrypted" },
	{ "/sys/class/block", "whether swap is encrypted" },
	{ "/etc/fstab", "whether /etc/fstab mounts what any disk could claim to be" },
	{ "/etc/crypttab", "which mappings /etc/fstab may mount" },
};

static void say_unjudged(const struct machine *m, bool has_pcrs)
{
	log_print(4, "  not judged: the TPM, its policy index, the LUKS headers and their tokens, and which "
		     "devices the root lies on; the policy is the one that the last reseal recorded");
	if (!has_pcrs)
		log_print(4, "  not judged: whether the event log is what the TPM holds (--pcrs)");
	if (digests_only(m))
		log_print(4, "  not judged: what is in the initrds, of which a report has the digests only");
	for (size_t i = 0; i < sizeof(judged_by) / sizeof(judged_by[0]); i++)
		if (!machine_exists(m, judged_by[i].path))
			log_print(4, "  not judged: %s (%s is not in %s)", judged_by[i].what,
				  judged_by[i].path, m->root);
}

static void print_paths(const struct outlook *o)
{
	struct path_group group[BRANCH_MAX];
	const size_t n = outlook_groups(o, group);

	for (size_t i = 0; i < n; i++) {
		const struct outlook_path *p = &o->path[group[i].first];

		log_print(4, "  %s: %s", p->label,
			  !p->unlocks	   ? "will ask for the passphrase" :
			  o->obstacles.pin ? "will unlock after the PIN" :
					     "will unlock");
		if (group[i].count > 1)
			log_print(6, "    and %s", group[i].more);
		if (!p->unlocks)
			log_print(6, "    %s", p->why);
	}
}

/* The first line. */
static void answer(enum log_mark mark, const char *words)
{
	log_print_marked(mark, 0, "%s", words);
}

static void print_outlook(const struct outlook *o)
{
	if (o->verdict == VERDICT_MISMATCH) {
		answer(LOG_MARK_WARNING, "Unknown: the model does not reproduce the running boot.");
		log_print(2, "%s", o->reason);
		return;
	}
	if (o->pending)
		answer(LOG_MARK_WARNING,
		       "Unknown: a pending change (see below) will alter the next boot. Without it:");
	if (o->default_unlocks && o->obstacles.pin)
		answer(LOG_MARK_BAD,
		       "No: the next boot will unlock the root only when somebody types the PIN:");
	else if (o->default_unlocks && o->obstacles.n > 0)
		answer(LOG_MARK_BAD,
		       "No: the next boot will unlock the root, but then it may wait for a person:");
	else if (o->default_unlocks)
		answer(LOG_MARK_GOOD, "Yes: the next boot will unlock automatically.");
	else if (o->default_lacks_initrd)
		answer(LOG_MARK_BAD,
		       "No: the next boot will not unlock the root: its menu entry has no initrd.");
	else
		answer(LOG_MARK_BAD, WILL_ASK);
	for (size_t i = 0; i < o->obstacles.n; i++)
		log_print(4, "  %s: %s", o->obstacles.at[i].what, o->obstacles.at[i].why);
	print_paths(o);
	if (o->path_count == 0)
		puts("  no boot path of this machine can be sealed");
	for (size_t i = 0; i < o->left_out_count; i++)
		log_print(4, "  not covered: %s: %s", o->left_out[i].what, o->left_out[i].why);
	for (size_t i = 0; i < o->warning_count; i++)
		log_print(4, "  warning: %s: %s", o->warning[i].what, o->warning[i].why);
	if (!o->default_unlocks)
		puts("'bootseal reseal' moves the policy to what is installed, or says why it cannot.");
}

static void print_words(const struct check_answer *a)
{
	if (a->outlook) {
		print_outlook(a->outlook);
		return;
	}
	answer(LOG_MARK_BAD, WILL_ASK);
	log_print(2, "%s", a->reason);
}

/* Readable for node_exporter, which is no root. */
static int write_metrics(const struct machine *m, const struct check_answer *a, const char *path,
			 struct error *err)
{
	struct buffer text = BUFFER_NONE;
	int r = check_answer_metrics(m, a, &text);

	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	buffer_free(&text);
	return r;
}

/* What was found is told in each form that was asked for; the exit code. words: what stdout is for. */
static int tell(const struct machine *m, const struct arguments *args, const struct check_answer *a,
		bool words)
{
	struct error err = ERROR_NONE;
	int r = 0, code = a->code;

	if (answer_is_json())
		r = answer_print(check_answer_object(m, a));
	else if (words)
		print_words(a);
	if (r == 0 && args->textfile)
		r = write_metrics(m, a, args->textfile, &err);
	if (r == 0)
		return code;
	log_say("%s", err.text[0] ? err.text : strerror(-r));
	return code == EXIT_YES || code == EXIT_NOT_ENROLLED ? EXIT_FAILED : code;
}

static int run(const struct machine *m, const struct arguments *args)
{
	const struct root_options *other = &args->other;
	struct check_answer a = { .at = time(NULL), .elsewhere = other->root != NULL };
	struct outlook o = OUTLOOK_NONE;
	struct error err = ERROR_NONE;
	struct pcr_values pcrs;
	int has_pcrs, r;

	has_pcrs = r = root_pcrs(other, &err, &pcrs);
	if (r >= 0)
		r = other->root ? outlook_make_of_tree(m, has_pcrs ? &pcrs : NULL, other->pcrs, &err, &o)
				: outlook_make(m, args->tcti, &err, &o);
	check_answer_judge(&a, r, &o, &err);
	if (!a.outlook && !a.asks)
		log_say("cannot tell what the next boot will do: %s", a.reason);
	a.code = tell(m, args, &a, a.outlook || a.asks);
	if (a.outlook && other->root && !answer_is_json())
		say_unjudged(m, has_pcrs);
	outlook_free(&o);
	return a.code;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "textfile", required_argument, NULL, 'T' },
		ROOT_OPTIONS,
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .textfile = NULL };
	struct machine m;
	int c, code;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'j')
			answer_want_json();
		else if (c == 'T')
			a.textfile = optarg;
		else if (c == 't')
			a.tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else if (!root_take(c, optarg, &a.other))
			return cli_usage("check", NULL);
	}
	if (optind < argc)
		return cli_usage("check", argv[optind]);
	code = root_machine("check", &a.other, a.tcti ? "--tcti" : a.textfile ? "--textfile" : NULL, &m);
	if (code >= 0)
		return code;
	if (!a.other.root && !cli_need_enrolled(&m))
		return tell(&m, &a,
			    &(struct check_answer){ .code = EXIT_NOT_ENROLLED, .at = time(NULL),
						    .reason = "not enrolled" },
			    false);
	return run(&m, &a);
}
