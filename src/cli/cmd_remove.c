#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd_volume.h"
#include "machine/remove.h"

static const char help[] =
	"usage: bootseal remove\n"
	"       bootseal remove --volume NAME\n\n"
	"Removes the TPM's key from the volumes and everything that enroll made: then\n"
	"only the passphrase and the recovery key unlock them.\n\n"
	"  --volume NAME   only this one, which the running system opens; the TPM's key\n"
	"                  of the root stays\n"
	"  --tcti TCTI     the TPM to use\n";

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

static void say_late(const struct late_removed *r)
{
	if (r->absent > 0)
		log_print(0,
			  "Not connected: %s. /etc/bootseal/volumes and volumes.key stay, because that key "
			  "may be the only one: connect what is missing and run 'bootseal remove' again.",
			  r->absent_names);
	if (r->damaged)
		log_print(0, "/etc/bootseal/volumes is damaged: it stays, with volumes.key, because "
			     "nothing else tells which volumes that key opens. 'cryptsetup luksDump' of "
			     "one shows the token bootseal-late.");
}

static int remove_all(const struct machine *m, const char *tcti)
{
	struct remove_report report;
	struct error err = ERROR_NONE;
	int r;

	r = enroll_remove(m, tcti, &err, &report);
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
	say_late(&report.late);
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

int cmd_remove(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "volume", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *tcti = NULL, *volume = NULL;
	struct error err = ERROR_NONE;
	struct machine m;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			tcti = optarg;
		else if (c == 'v')
			volume = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage("remove", NULL);
	}
	if (optind < argc)
		return cli_usage("remove", argv[optind]);
	if (!cli_need_root("remove"))
		return EXIT_FAILED;
	if (machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return volume ? remove_volume(&m, volume) : remove_all(&m, tcti);
}
