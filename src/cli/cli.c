#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/events.h"
#include "machine/record/state.h"
#include "seal/anchor.h"

int cli_usage(const char *command, const char *extra)
{
	if (extra)
		log_say("%s: unexpected argument '%s'", command, extra);
	fprintf(stderr, "Try 'bootseal %s --help'.\n", command);
	return EXIT_USAGE;
}

int cli_refuse(const char *command, const char *why)
{
	log_say("%s: %s", command, why);
	return cli_usage(command, NULL);
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
	if (geteuid() == 0) {
		events_begin(command);
		return true;
	}
	log_say("%s: run it as root; it reads the TPM and root's files", command);
	return false;
}

static bool is_there(const struct machine *m, const char *file)
{
	char path[PATH_MAX];

	return machine_path(m, file, path) == 0 && file_exists(path);
}

bool cli_need_enrolled(const struct machine *m)
{
	if (is_there(m, ANCHOR_PATH) || is_there(m, STATE_PATH))
		return true;
	if (is_there(m, AUTHORITY_PATH))
		log_say("this machine is not enrolled: an enrolment was started and not finished; 'bootseal "
			"enroll' finishes it, 'bootseal remove' removes what it left");
	else
		log_say("this machine is not enrolled; run 'bootseal enroll'");
	return false;
}

int cli_finish(int code)
{
	bool failed = ferror(stdout);

	errno = 0;
	failed |= fflush(stdout) != 0;
	if (!failed)
		return code;
	log_say("cannot write to standard output%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
	return code == EXIT_YES ? EXIT_FAILED : code;
}
