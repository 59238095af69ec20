/* The states that the next boot may start from, or that the logged one started from. */
#ifndef MEASURE_BOOT_VARIANT_H
#define MEASURE_BOOT_VARIANT_H

#include <stdint.h>

#include "hash/hash.h"

/* The machine in a state other than today's, in which another boot finds or found it. */
struct boot_variant {
	/* for boot_facts.own; valid as long as what the original points to, and `memory` */
	const void *own;
	void *memory;           /* one block: boot_variant_free() */
	uint8_t id[SHA256_LEN]; /* equal for equal variants of one machine */
	char note[64];          /* for a label, as ", after a boot that was cut short" */
	char key[80];           /* for the key of a boot path, as " env 0123456789abcdef" */
};

#define BOOT_VARIANT_NONE ((struct boot_variant){ .memory = NULL })

void boot_variant_free(struct boot_variant *v); /* fine twice */

/* Takes the variant over, also on failure. */
typedef int (*boot_variant_fn)(void *context, struct boot_variant *v);

#endif
