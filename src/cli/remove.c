#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "machine/enroll.h"

static const char help[] =
	"usage: bootseal remove\n\n"
	"Takes the TPM's key off the volumes and forgets everything that enroll made: afterwards only the passphrase opens them.\n\n"
	"  --tcti TCTI   the TPM to use\n";

int cmd_remove(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct remove_report report;
	struct error err = ERROR_NONE;
	const char *tcti = NULL;
	struct machine m;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage("remove");
	}
	if (optind < argc)
		return cli_usage("remove");
	if (!cli_need_root("remove"))
		return EXIT_FAILED;
	r = machine_init(NULL, &err, &m);
	if (r == 0)
		r = enroll_remove(&m, tcti, &err, &report);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r);
	}
	printf("Removed: key and token of %zu volume(s), authority key, anchor, state.\n", report.volumes);
	if (report.index_left)
		puts("The policy index stays in the TPM (it did not answer, or wants its owner's password): it opens nothing any more.");
	if (report.initrds_failed)
		puts("The initrds could not be built again: they still hold the anchor, which opens nothing. Run update-initramfs -u -k all.");
	puts("A recovery key stays, like the passphrase: it is yours. `bootseal recovery-key --remove` takes it off.\n"
	     "The next boot asks for the passphrase.");
	return EXIT_YES;
}
