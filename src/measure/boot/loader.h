/*
 * The seam: a boot loader is what chooses a kernel and hands it over. One of these for each that is modelled, registered
 * in loaders.c; shim is none, but an optional first image.
 */
#ifndef MEASURE_BOOT_LOADER_H
#define MEASURE_BOOT_LOADER_H

#include "base/error.h"
#include "base/pcr.h"
#include "measure/boot/facts.h"
#include "measure/boot/trace.h"

struct boot_loader {
	const char *name; /* "GRUB" */
	pcr_mask pcrs;    /* what a policy for it selects, the window apart; only these are predicted */
	/* The menu, submenus opened. */
	int (*list)(const struct boot_facts *facts, struct error *err, struct boot_menu *ret);
	/* What it does in one boot. */
	int (*run)(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
		   struct boot_trace *ret);
};

extern const struct boot_loader boot_loader_grub;

#endif
