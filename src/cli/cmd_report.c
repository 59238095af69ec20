#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/evidence.h"
#include "cli/options.h"
#include "cli/page.h"
#include "machine/collect.h"

static const char help[] =
	"usage: bootseal report [--tcti TCTI] FILE\n"
	"       bootseal report --html [--tcti TCTI] [OPTION]... FILE\n\n"
	"Writes into FILE (tar, gzip) what somebody else needs to see what this machine\n"
	"sees: event log, PCR values, Secure Boot variables, boot loaders with their\n"
	"configuration, kernels, digests of the initrds, mounts, what the TPM says of\n"
	"itself, versions of packages, and what bootseal recorded. No key, no passphrase\n"
	"and no LUKS header is in it. What you put into a kernel's command line or into\n"
	"grub.cfg, such as the hash of a GRUB password, is.\n\n"
	"To look at it:\n\n"
	"  tar -xzf FILE\n"
	"  bootseal calibrate --root bootseal-report --pcrs bootseal-report/report/pcrs\n\n"
	"  --html        write one page for people instead, for a browser or on paper:\n"
	"                what is enrolled, boot chain, policy, Secure Boot's keys, PCR\n"
	"                values, and which promises were checked\n"
	"  --tcti TCTI   the TPM to use\n\n"
	"With --html, for the proof of a Confidential VM, as for 'bootseal attest':\n\n" EVIDENCE_HELP
	"\nExit codes: 0 written, 1 failure, 2 usage.\n";

struct arguments {
	bool html;
	const char *tcti;
	struct evidence_options evidence;
};

static int report(const struct machine *m, const char *tcti, const char *file)
{
	struct collected found = { .files = 0 };
	struct error err = ERROR_NONE;
	struct stat st;
	int r;

	r = collect_archive(m, tcti, file, &err, &found);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	if (stat(file, &st) < 0)
		st.st_size = 0;
	log_note_row("Report", "%s, %lld KiB: %zu files, digests of %zu more", file,
		     (long long)st.st_size / 1024, found.files, found.digests);
	if (found.missing > 0)
		log_row("Missing", "%zu parts, in " COLLECT_MISSING " of the archive with the reasons",
			found.missing);
	return EXIT_YES;
}

static int page(const struct machine *m, const struct arguments *a, const char *file)
{
	struct error err = ERROR_NONE;
	int r = page_write(m, a->tcti, &a->evidence, file, &err);

	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	log_note_row("Report", "%s, %d KiB: open it in a browser", file, r / 1024);
	return EXIT_YES;
}

/* EXIT_YES: the options go together, and there is a file. */
static int check_together(const struct arguments *a, int argc, char **argv)
{
	if (a->evidence.bad)
		return cli_refuse("report", a->evidence.bad);
	if (a->evidence.given && !a->html) {
		log_say("report: --%s goes with --html", a->evidence.given);
		return cli_usage("report", NULL);
	}
	if (optind == argc)
		return cli_refuse("report", "FILE is missing");
	return optind + 1 < argc ? cli_usage("report", argv[optind + 1]) : EXIT_YES;
}

int cmd_report(int argc, char **argv)
{
	static const struct option options[] = {
		{ "html", no_argument, NULL, 'H' },
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		EVIDENCE_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .html = false };
	struct error err = ERROR_NONE;
	struct machine m;
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'H')
			a.html = true;
		else if (c == 't')
			a.tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else if (!evidence_take(c, optarg, &a.evidence))
			return cli_usage("report", NULL);
	}
	c = check_together(&a, argc, argv);
	if (c != EXIT_YES)
		return c;
	if (!cli_need_root("report"))
		return EXIT_FAILED;
	if (machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return a.html ? page(&m, &a, argv[optind]) : report(&m, a.tcti, argv[optind]);
}
