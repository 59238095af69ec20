/*
 * What must be, whatever goes wrong with a system: every hook ends with 0; what is said of the next boot is
 * what the next boot does; `bootseal check` and `bootseal status` say the same; a failure names what to fix;
 * all boots of before or all of now open; and once it is fixed the next hook, or the same one again,
 * finishes the job and leaves nothing over.
 */
#ifndef TESTS_SURVIVAL_H
#define TESTS_SURVIVAL_H

#include "program.h"

/* Counts of this program, which the line "# tally faults" at its end has. */
extern unsigned injected, not_survived;

#define KERNEL_HOOK "/etc/kernel/postinst.d/zzz-bootseal " WORLD_NEW " /boot/vmlinuz-" WORLD_NEW
#define APT_HOOK                                                                                           \
	"sed -n 's/^DPkg::Post-Invoke { \"\\(.*\\)\"; };$/\\1/p' /etc/apt/apt.conf.d/80bootseal >/apt && " \
	"sh /apt"

/* Enrols and boots by the TPM; that boot is kept as what works. */
void system_enrolled(struct world *w);
/* Counts it as not survived, and says what was wrong. */
void bad(const char *fault, const char *what, const struct world *w);

/* The answers of check and status, with their exit codes. */
void ask(struct world *w, const char *fault, enum announced ret[2]);

/* Runs an array of tests: all of them with FAULT_STEP set, otherwise the first; then says the counts. */
#define survival_run(tests) survival_run_some(tests, sizeof(tests) / sizeof((tests)[0]))
int survival_run_some(const struct CMUnitTest *tests, size_t n);

#endif
