/*
 * The late volumes (machine/late.h) at an enrolment: every one that is open, unless another passphrase
 * opens it.
 */
#ifndef MACHINE_ENROLL_LATE_H
#define MACHINE_ENROLL_LATE_H

#include "machine/enroll.h"
#include "machine/late.h"

struct late_plan {
	struct {
		struct target target;
		struct secret own; /* its passphrase, where it is not that of the root */
	} at[TARGET_MAX];
	size_t n;
};

/*
 * Finds those that are not enrolled yet and tries the passphrase; where it opens nothing, o->ask is asked
 * for another. Without one, or where the header takes no keyslot, the volume is left out, and said;
 * -ECANCELED when records of the system's lie on it. Writes nothing.
 */
int late_plan_make(const struct machine *m, const struct enroll_options *o, struct error *err,
		   struct late_plan *ret);
/* Fails only for a volume with such records; what else goes wrong is said. */
int late_plan_carry_out(const struct machine *m, const struct enroll_options *o, const struct late_plan *p,
			struct error *err);
void late_plan_free(struct late_plan *p); /* fine twice */

/* One volume, on a machine that is enrolled: `enroll --volume`. Errors as of late_enroll(). */
int late_add(const struct machine *m, const struct target *t, const struct secret *passphrase,
	     struct error *err);
/* `remove --volume`. Errors as of late_remove(). */
int late_take_off(const struct machine *m, const char *name, struct error *err, struct late_removed *ret);

#endif
