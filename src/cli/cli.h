/*
 * The commands of bootseal. Each takes its own argv (argv[0] is its name), prints for people, and returns an
 * exit code.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

enum exit_code {
	EXIT_YES = 0,          /* done; or: the answer is yes */
	EXIT_FAILED = 1,       /* it did not work; stderr says what and what to do */
	EXIT_USAGE = 2,        /* the command line is not understood */
	EXIT_NOT_ENROLLED = 3, /* this machine is not enrolled */
	EXIT_NO_TPM = 4,       /* no TPM that answers */
	EXIT_WILL_NOT = 5,     /* refused, or: the next boot will ask for the passphrase */
};

int cmd_calibrate(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_enroll(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_recovery_key(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_reseal(int argc, char **argv);
int cmd_status(int argc, char **argv);

/* Says that the option is not understood and where help is; returns EXIT_USAGE. */
int cli_usage(const char *command);
/* The exit code for a negative errno of the layers below. */
int cli_exit_code(int r);
/* Not root: says so and returns false. */
bool cli_need_root(const char *command);

#endif
