/*
 * What a person is shown before it is accepted: the differences of a forecast from what was accepted and
 * sealed before, old beside new (doc/design.md, 8).
 */
#ifndef MACHINE_CHANGES_H
#define MACHINE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/forecast.h"

/* One difference, old beside new; each text is one printable line. */
struct change {
	char *what; /* "/boot/grub/grub.cfg", "kernel command line of Linux 6.1.0-55-amd64 (default)" */
	char *was, *now;
};

struct changes {
	struct change *at; /* owned */
	size_t n;
};

#define CHANGES_NONE ((struct changes){ .at = NULL })

/*
 * f: made with TRUST_ALL. Its accepted files are compared with the manifest; command lines, variables and
 * images with the prediction record. An error names the record that cannot be read.
 */
int changes_find(const struct machine *m, const struct forecast *f, struct error *err, struct changes *ret);
void changes_free(struct changes *c); /* fine twice */

/* Is each of them the same? What a person accepted is what was shown. */
bool changes_equal(const struct changes *a, const struct changes *b);
/* -ECANCELED with a message unless they are. */
int changes_require(const struct changes *c, const struct changes *shown, struct error *err);

#endif
