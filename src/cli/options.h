/* The command line: what every command takes, and errors that name the word that is wrong. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/*
 * getopt_long() with the options that are everybody's: -h is returned as 'h', -q, --quiet, -v and --verbose
 * are acted on here. What is wrong with an option is said here, in words of ours, and is '?' then. argv[0] is
 * the command's name.
 */
int cli_getopt(int argc, char *const *argv, const struct option *options);

/* Before the command: 1 for -q, --quiet, -v and --verbose; 0: no such word; -1: wrong, as was said. */
int cli_take_common(const char *word);

#endif
