/*
 * Late volumes: LUKS2 volumes that the running system opens by /etc/crypttab, after the initramfs. What is
 * done with them is in machine/late.h.
 */
#ifndef MACHINE_SYSTEM_LATE_H
#define MACHINE_SYSTEM_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/system/machine.h"
#include "machine/system/targets.h"
#include "seal/anchor.h"

/*
 * Does systemd open the volumes of /etc/crypttab? Its generator is in the package systemd in Debian 12 and in
 * one of its own since; without it nothing does: the package systemd masks Debian's init script.
 */
bool late_systemd_opens(const struct machine *m);

/*
 * Those for which somebody is asked at boot, and which can be enrolled now: they are open, LUKS2, have no
 * key of their own and no option that we cannot open with. The volumes that the root needs are not among
 * them. Never more than TARGET_MAX; -EOPNOTSUPP and others as of targets_find(). left: called for each other
 * one that asks, with the reason, which begins with its name; may be NULL.
 */
int late_find(const struct machine *m, void (*left)(void *context, const struct error *why), void *context,
	      struct error *err, struct target ret[static TARGET_MAX], size_t *ret_n);
/* Names and UUIDs of the same, for lies_on_targets(). */
int late_anchor(const struct machine *m, struct error *err, struct anchor *ret);

/*
 * The one of that mapping name, also one for which nobody is asked at boot. -ENOENT: no such line, or it
 * is not open; -EOPNOTSUPP: why it cannot be enrolled; -EEXIST: the initramfs opens it.
 */
int late_look(const struct machine *m, const char *name, struct error *err, struct target *ret);

#endif
