/*
 * The commands of bootseal. Each takes its own argv (argv[0] is its name), prints for people, and returns an
 * exit code.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/exit_code.h"
#include "machine/system/machine.h"

int cmd_attest(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_enroll(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_eventlog(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_recovery_key(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_device(int argc, char **argv);
int cmd_lvm(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_reseal(int argc, char **argv);
int cmd_status(int argc, char **argv);

/* Says where help is, and which word is one too many (NULL: none, another mistake); returns EXIT_USAGE. */
int cli_usage(const char *command, const char *extra);
/* Says why not, in words that name the wrong option or word, and where help is; returns EXIT_USAGE. */
int cli_refuse(const char *command, const char *why);
/* The exit code for a negative errno of the layers below. */
int cli_exit_code(int r);
/* Of a command about this machine, which the system's log hears of from here on. Not root: says so, false. */
bool cli_need_root(const char *command);
/*
 * Neither anchor nor state: says that nothing is enrolled, or that an enrolment was not finished, and returns
 * false. The one source of EXIT_NOT_ENROLLED, with remove.
 */
bool cli_need_enrolled(const struct machine *m);
/* The output of a command is part of its job: says so when it could not be written, then never EXIT_YES. */
int cli_finish(int code);

#endif
