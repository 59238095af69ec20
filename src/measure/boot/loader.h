/*
 * The seam: a boot loader is what chooses a kernel and hands it over. One of these for each that is modelled,
 * listed in loaders.c. shim is no loader, but an optional first image.
 */
#ifndef MEASURE_BOOT_LOADER_H
#define MEASURE_BOOT_LOADER_H

#include <stdint.h>

#include "base/error.h"
#include "base/pcr.h"
#include "base/reader.h"
#include "measure/boot/facts.h"
#include "measure/boot/trace.h"
#include "measure/boot/variant.h"

struct boot_loader {
	const char *name; /* for messages */
	pcr_mask pcrs;    /* what a policy for it selects at least, the window apart (boot_facts_pcrs()) */
	/*
	 * Is this the image of such a loader? -ENOENT: no; -EOPNOTSUPP with words: yes, but there is no model
	 * of it.
	 */
	int (*recognize)(const struct reader *image, struct error *err);
	/* The menu, submenus opened. */
	int (*list)(const struct boot_facts *facts, struct error *err, struct boot_menu *ret);
	/* One boot, from the start of the loader until it hands over. */
	int (*run)(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
		   struct boot_trace *ret);

	/* The others may be NULL. */

	/*
	 * Other arrangements of the hardware that the next boot may find, as a disk that gets another number.
	 */
	int (*layouts)(const struct boot_facts *facts, boot_variant_fn each, void *context);
	/*
	 * The states that this boot leaves behind for the one after it. facts: as it is now, or one of the
	 * layouts.
	 */
	int (*after)(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
		     void *context);
	/*
	 * The state in which the logged boot found the machine, when it differs from the present one; trace
	 * is the way that fits it best so far. -ENOENT: it is the same or cannot be found.
	 */
	int (*before)(const struct boot_facts *facts, const struct boot_trace *trace,
		      const struct event_list *log, struct boot_variant *ret);
	/*
	 * States in which a boot may have found the machine that left it as it is now, the likely ones
	 * first, where no log tells which. trace: of an untouched boot of today. Ends when each() returns
	 * nonzero, and returns that.
	 */
	int (*earlier)(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
		       void *context);
	/*
	 * -EPERM, and why this boot starts no kernel and no other image, for a boot that no person
	 * interrupts.
	 */
	int (*why_nothing)(const struct boot_facts *facts, const struct boot_trace *trace, struct error *why);
};

extern const struct boot_loader boot_loader_grub;

/*
 * The loader whose image this is. -EOPNOTSUPP with words: none that is modelled; or why the image cannot be
 * read.
 */
int boot_loader_find(const struct reader *image, struct error *err, const struct boot_loader **ret);

#endif
