/* --root and --pcrs: a machine that was collected as a tree of files, in place of this one and its TPM. */
#ifndef CLI_ROOT_H
#define CLI_ROOT_H

#include <getopt.h>
#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "measure/log/pcr_values.h"

struct root_options {
	const char *root, *pcrs; /* NULL: not given */
};

#define ROOT_OPTIONS { "root", required_argument, NULL, 'R' }, { "pcrs", required_argument, NULL, 'P' }
#define ROOT_HELP                                                                  \
	"  --root DIR    not this machine but one whose files were collected in DIR,\n" \
	"                which is only read; needs no root and no TPM (doc/root.md)\n"   \
	"  --pcrs FILE   with --root: the PCR values of that machine, one a line:\n"    \
	"                number and hexadecimal SHA-256 value\n"

/* An option of getopt_long(): was it one of these? */
bool root_take(int c, const char *arg, struct root_options *o);

/*
 * The machine: -1 to continue, otherwise an exit code. other: an option that needs this machine and was
 * given, "--tcti"; NULL: none. Without --root this must be root.
 */
int root_machine(const char *command, const struct root_options *o, const char *other, struct machine *ret);

/* The values of --pcrs. 1: read, 0: the option was not given, or a negative errno with a message. */
int root_pcrs(const struct root_options *o, struct error *err, struct pcr_values *ret);

#endif
