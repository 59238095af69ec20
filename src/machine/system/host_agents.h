/*
 * Programs that do as root what the host of a virtual machine tells them. They are made for that; on a
 * machine that shall keep secrets from its host somebody has to know of them.
 */
#ifndef MACHINE_SYSTEM_HOST_AGENTS_H
#define MACHINE_SYSTEM_HOST_AGENTS_H

#include "machine/system/machine.h"

/* Calls each with a sentence for every one that is installed and not switched off. */
void host_agents_each(const struct machine *m, void (*each)(void *context, const char *what), void *context);

#endif
