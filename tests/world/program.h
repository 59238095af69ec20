/*
 * The installed programs inside the fake machine: `bootseal` itself and the hook scripts as the package puts
 * them there, run in a chroot with its own mounts, so that commands are what a person or apt calls: words and
 * exit codes included.
 */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include "world.h"

/* Once in a program, before the first world: mounts that faults make stay private to it. */
void program_private_mounts(void);
/* Puts bootseal, hooks and /key (the passphrase) into the tree. */
void program_install(struct world *w);
/*
 * Runs a shell command in the tree; returns its exit code, what it said on both outputs is in w->output. env:
 * NULL, or "NAME=VALUE ..." for the command.
 */
int program_run(struct world *w, const char *env, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * From now on every command runs with this done before it and after it, by the host's shell in the tree's
 * root directory and with mounts of its own. NULL, NULL: no more. env of program_run() is not to be used
 * meanwhile.
 */
void program_amid(const char *before, const char *after);
/* Started only; then its exit code. For what runs at the same time. output: a path in the tree. */
pid_t program_start(struct world *w, const char *env, const char *output, const char *command);
int program_wait(pid_t pid);

/*
 * At a terminal of its own: as soon as each text is said, its answer is typed ("\x03": Ctrl-C). The list
 * ends with .said NULL. The exit code (128 and more: the signal); what was said is in w->output. ret_echo:
 * does the terminal show afterwards what is typed? May be NULL.
 */
struct exchange {
	const char *said, *typed;
};
int program_talk(struct world *w, const struct exchange *e, const char *command, bool *ret_echo);

/*
 * The boot that w->output announces ("Next boot ..."): the last one when it says it more than once.
 */
enum announced {
	ANNOUNCED_NOTHING,
	ANNOUNCED_UNLOCKS,
	ANNOUNCED_ASKS /* or does not boot */,
	ANNOUNCED_UNKNOWN
};
enum announced program_announced(const struct world *w);
/* Is that what a boot now does? It is done, without the boot service. */
bool program_told_the_truth(struct world *w, enum announced a);

#endif
