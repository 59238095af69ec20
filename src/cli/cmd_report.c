#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/collect.h"

static const char help[] =
	"usage: bootseal report FILE\n\n"
	"Writes into FILE (tar, gzip) what somebody else needs to see what this machine\n"
	"sees: event log, PCR values, Secure Boot variables, boot loaders with their\n"
	"configuration, kernels, digests of the initrds, mounts, what the TPM says of\n"
	"itself, versions of packages, and what bootseal recorded. No key, no passphrase\n"
	"and no LUKS header is in it. What you put into a kernel's command line or into\n"
	"grub.cfg, such as the hash of a GRUB password, is.\n\n"
	"To look at it:\n\n"
	"  tar -xzf FILE\n"
	"  bootseal calibrate --root bootseal-report --pcrs bootseal-report/report/pcrs\n\n"
	"  --tcti TCTI   the TPM to use\n";

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

int cmd_report(int argc, char **argv)
{
	const char *tcti, *file = "FILE";
	struct machine m;
	const struct cli_takes takes = { .tcti = &tcti, .word = &file };
	int code = cli_begin(argc, argv, help, &takes, &m);

	return code >= 0 ? code : report(&m, tcti, file);
}
