#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/root.h"
#include "machine/outlook.h"
#include "machine/system/digests.h"

static const char help[] =
	"usage: bootseal check\n"
	"       bootseal check --root DIR [--pcrs FILE]\n\n"
	"Will the next boot unlock automatically, and if not, why? Exit codes: 0 yes;\n"
	"5 no, or unknown; 1 failure; 2 usage; 3 not enrolled; 4 no TPM.\n\n"
	"  --tcti TCTI   the TPM to use\n"
	ROOT_HELP
	"\nWith --root neither TPM nor LUKS header can be asked: the next boot is compared\n"
	"with what the last reseal recorded in DIR, and what is not judged is listed.\n"
	"Exit code 3: DIR has no such record; 1: failure, also when the event log does\n"
	"not replay to the values of --pcrs.\n";

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

static int answer(const struct outlook *o)
{
	if (o->verdict == VERDICT_MISMATCH) {
		puts("Unknown: the model does not reproduce the running boot.");
		log_print(2, "%s", o->reason);
		return EXIT_WILL_NOT;
	}
	if (o->pending)
		puts("Unknown: a pending change (see below) will alter the next boot. Without it:");
	if (o->default_unlocks && o->obstacles.n > 0)
		puts("No: the next boot will unlock the root, but then it may wait for a person:");
	else if (o->default_unlocks)
		puts("Yes: the next boot will unlock automatically.");
	else if (o->default_lacks_initrd)
		puts("No: the next boot will not unlock the root: its menu entry has no initrd.");
	else
		puts("No: the next boot will ask for the passphrase.");
	for (size_t i = 0; i < o->obstacles.n; i++)
		log_print(4, "  %s: %s", o->obstacles.at[i].what, o->obstacles.at[i].why);
	for (size_t i = 0; i < o->path_count; i++) {
		log_print(4, "  %s: %s", o->path[i].label,
			  o->path[i].unlocks ? "will unlock" : "will ask for the passphrase");
		if (!o->path[i].unlocks)
			log_print(6, "    %s", o->path[i].why);
	}
	if (o->path_count == 0)
		puts("  no boot path of this machine can be sealed");
	for (size_t i = 0; i < o->left_out_count; i++)
		log_print(4, "  not covered: %s: %s", o->left_out[i].what, o->left_out[i].why);
	for (size_t i = 0; i < o->warning_count; i++)
		log_print(4, "  warning: %s: %s", o->warning[i].what, o->warning[i].why);
	if (!o->default_unlocks)
		puts("'bootseal reseal' moves the policy to what is installed, or says why it cannot.");
	return o->default_unlocks && !o->pending && o->obstacles.n == 0 ? EXIT_YES : EXIT_WILL_NOT;
}

static int run(const struct machine *m, const char *tcti, const struct root_options *other)
{
	struct outlook o = OUTLOOK_NONE;
	struct error err = ERROR_NONE;
	struct pcr_values pcrs;
	int has_pcrs, code, r;

	has_pcrs = r = root_pcrs(other, &err, &pcrs);
	if (r >= 0)
		r = other->root ? outlook_make_of_tree(m, has_pcrs ? &pcrs : NULL, other->pcrs, &err, &o)
				: outlook_make(m, tcti, &err, &o);
	/* no TPM, index or header of the enrolment: bootseal-unlock finds the same */
	if (r == -EKEYREJECTED && !other->root) {
		puts("No: the next boot will ask for the passphrase.");
		log_print(2, "%s", err.text);
		return EXIT_WILL_NOT;
	}
	if (r < 0) {
		log_say("cannot tell what the next boot will do: %s", err.text[0] ? err.text : strerror(-r));
		if (!other->root)
			return cli_exit_code(r);
		return r == -ENODATA ? EXIT_NOT_ENROLLED : EXIT_FAILED;
	}
	code = answer(&o);
	if (other->root)
		say_unjudged(m, has_pcrs);
	outlook_free(&o);
	return code;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		ROOT_OPTIONS,
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct root_options other = { .root = NULL };
	const char *tcti = NULL;
	struct machine m;
	int c, code;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 't')
			tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else if (!root_take(c, optarg, &other))
			return cli_usage("check", NULL);
	}
	if (optind < argc)
		return cli_usage("check", argv[optind]);
	code = root_machine("check", &other, tcti ? "--tcti" : NULL, &m);
	if (code >= 0)
		return code;
	if (!other.root && !cli_need_enrolled(&m))
		return EXIT_NOT_ENROLLED;
	return run(&m, tcti, &other);
}
