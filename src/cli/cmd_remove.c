#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/remove.h"

static const char help[] =
	"usage: bootseal remove\n\n"
	"Takes the TPM's key off the volumes and forgets everything that enroll made: afterwards only the passphrase opens them.\n\n"
	"  --tcti TCTI   the TPM to use\n";

int cmd_remove(int argc, char **argv)
{
	struct remove_report report;
	struct error err = ERROR_NONE;
	const char *tcti;
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &tcti, &m);
	if (code >= 0)
		return code;
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
