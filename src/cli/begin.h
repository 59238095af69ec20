/* The start that most commands share. */
#ifndef CLI_BEGIN_H
#define CLI_BEGIN_H

#include "machine/system/machine.h"

/*
 * The start of a command that takes --help only, --tcti where ret_tcti is not NULL, and one word where
 * ret_word is not NULL; before, *ret_word is what its help calls that word. -1 to continue, as root and
 * with the machine set up; otherwise an exit code.
 */
int cli_begin(int argc, char **argv, const char *help, const char **ret_tcti, const char **ret_word,
	      struct machine *ret_machine);

#endif
