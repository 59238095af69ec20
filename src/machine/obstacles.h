/*
 * What keeps the next boot from coming up unattended although the TPM unlocks the root: another volume asks
 * for its passphrase, or the root has something on a device that is not enrolled.
 */
#ifndef MACHINE_OBSTACLES_H
#define MACHINE_OBSTACLES_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/forecast.h"

struct obstacles {
	/* owned: the boot waits, or fails, because of each; with a PIN that is the first of them */
	struct forecast_note *at;
	size_t n;
	bool pin;
	struct forecast_note *warning; /* owned: it asks, and the boot goes on meanwhile */
	size_t warning_count;
};

#define OBSTACLES_NONE ((struct obstacles){ .n = 0 })

struct obstacle_options {
	bool devices; /* what the root lies on is here: a collected tree has nothing of it */
	bool pin;     /* a token wants one, whatever the installed anchor says */
	bool pins_differ; /* two tokens want different ones */
};

/*
 * path: the default boot path, NULL where it gets no branch. By the crypttab in its initrd (or cryptopts=),
 * the system's crypttab and fstab, and the devices. An enrolled volume is no obstacle; a crypttab that cannot
 * be read is one. -ENOMEM.
 */
int obstacles_find(const struct machine *m, const struct forecast_path *path,
		   const struct obstacle_options *o, struct obstacles *ret);
/* What the default boot path is said to do where its root unlocks. */
const char *obstacles_unlock_words(const struct obstacles *o);
void obstacles_free(struct obstacles *o); /* fine twice */

#endif
