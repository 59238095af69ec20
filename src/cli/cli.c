#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

int cli_usage(const char *command, const char *extra)
{
	if (extra)
		log_say("%s: unexpected argument '%s'", command, extra);
	fprintf(stderr, "Try 'bootseal %s --help'.\n", command);
	return EXIT_USAGE;
}

int cli_exit_code(int r)
{
	switch (r) {
	case -ENODEV:
		return EXIT_NO_TPM;
	case -ECANCELED:
		return EXIT_WILL_NOT;
	}
	return r < 0 ? EXIT_FAILED : EXIT_YES;
}

bool cli_need_root(const char *command)
{
	if (geteuid() == 0)
		return true;
	log_say("%s: run it as root; it reads the TPM and root's files", command);
	return false;
}
