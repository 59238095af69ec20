/* Commands that configurations of other GRUBs have: what they would do there is said where nothing starts. */
#ifndef MEASURE_GRUB_FOREIGN_H
#define MEASURE_GRUB_FOREIGN_H

#include "measure/grub/state.h"

/*
 * A command that did nothing: if it is one of these, the trace keeps the first, with file and line
 * (boot_trace.unsupported).
 */
void grub_foreign_note(struct grub *g, const char *command);

/* Ends the evaluation where this GRUB would run such a command from a module; returns for any other one. */
void grub_foreign_refuse(struct grub *g, const char *command);

#endif
