/* The start that most commands share. */
#ifndef CLI_BEGIN_H
#define CLI_BEGIN_H

#include <stdbool.h>

#include "machine/system/machine.h"

/* What a command takes beside --help: of these what is not NULL. */
struct cli_takes {
	const char **tcti; /* --tcti TCTI; NULL without it */
	bool json;         /* --json: answer.h */
	const char **word; /* before, what its help calls that word */
};

/* -1 to continue, as root and with the machine set up; otherwise an exit code. */
int cli_begin(int argc, char **argv, const char *help, const struct cli_takes *takes,
	      struct machine *ret_machine);

#endif
