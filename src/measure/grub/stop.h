/*
 * The ways out of an evaluation: a kernel is started, a budget is used up, a command is not modelled.
 *
 * All three longjmp to grub_evaluate(). Only arena memory and the trace under construction are held at that
 * time, so nothing leaks. Never call them from a callback of the file provider.
 */
#ifndef MEASURE_GRUB_STOP_H
#define MEASURE_GRUB_STOP_H

#include "measure/grub/state.h"

/* The evaluation fails with r (negative errno). */
void grub_stop(struct grub *g, int r, const char *fmt, ...) __attribute__((noreturn, format(printf, 3, 4)));
/* It fails with -EOPNOTSUPP and names the file and line that are being executed. */
void grub_unmodelled(struct grub *g, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* It succeeds. */
void grub_finish(struct grub *g, enum boot_outcome outcome) __attribute__((noreturn));

#endif
