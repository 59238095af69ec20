/*
 * The initrd's crypttab: does bootseal-unlock find the lines of the enrolled volumes there? A renamed mapping
 * or a keyscript is known before the reboot.
 */
#ifndef MACHINE_TRUST_PROOF_CRYPTTAB_H
#define MACHINE_TRUST_PROOF_CRYPTTAB_H

#include <stdbool.h>

#include "base/buffer.h"
#include "measure/initrd/cpio.h"

/* Both as they are in the initrd; the proof says that its anchor is the installed one. */
struct proof_crypttab {
	struct buffer anchor, text;
	bool found;
	bool odd; /* no plain file, or too long: cannot be read here */
};

/* Every entry of the initrd. -ENOMEM. */
int proof_crypttab_see(struct proof_crypttab *p, const struct cpio_entry *e);
/*
 * After the last one, when the anchor is proven. -EPERM, with the reason and what to do. An initrd without a
 * crypttab is fine: bootseal-unlock then goes by the anchor alone.
 */
int proof_crypttab_judge(const struct proof_crypttab *p, const char *release, struct error *err);
void proof_crypttab_free(struct proof_crypttab *p);

#endif
