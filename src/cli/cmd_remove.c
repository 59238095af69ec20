#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/remove.h"

static const char help[] =
	"usage: bootseal remove\n\n"
	"Removes the TPM's key from the volumes and everything that enroll made: then\n"
	"only the passphrase and the recovery key unlock them.\n\n"
	"  --tcti TCTI   the TPM to use\n";

static void say_removed(const struct remove_report *r)
{
	const char *before = "Removed: ";

	/* only the menu was made to start the initrd */
	if (r->volumes == 0 && !r->index_removed && !r->files)
		return;
	if (r->volumes > 0) {
		printf("%skey and token of %zu volume(s)", before, r->volumes);
		before = ", ";
	}
	if (r->index_removed) {
		printf("%spolicy index", before);
		before = ", ";
	}
	if (r->files)
		printf("%sauthority key, anchor, state", before);
	puts(".");
}

int cmd_remove(int argc, char **argv)
{
	struct remove_report report;
	struct error err = ERROR_NONE;
	const char *tcti;
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &tcti, NULL, &m);
	if (code >= 0)
		return code;
	r = enroll_remove(&m, tcti, &err, &report);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return r == -ENODATA ? EXIT_NOT_ENROLLED : cli_exit_code(r);
	}
	say_removed(&report);
	if (report.index_left)
		log_print(0, "The policy index stays in the TPM: %s. This volume no longer uses it; a copy "
			  "of the header made before now, with the boot chain of then, does. If there may "
			  "be one, clear the TPM in the firmware's settings.",
			  text_after_tpm(report.index_why.text));
	if (report.initrds_failed)
		puts("The initrds could not be rebuilt; they still hold the anchor, which unlocks\n"
		     "nothing. Run 'update-initramfs -u -k all'.");
	if (report.menu_restored)
		puts("The boot menu starts Linux without an initrd again, as before the enrolment.");
	if (report.menu_why.text[0])
		log_say("%s; run 'update-grub'", report.menu_why.text);
	puts("A recovery key is kept, like the passphrase; 'bootseal recovery-key --remove'\n"
	     "removes it. The next boot asks for the passphrase.");
	return EXIT_YES;
}
