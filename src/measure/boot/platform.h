/*
 * What the firmware did before it started the first image: PCR 4 begins with it. A boot option that fails (a
 * network boot through a dock, a USB stick that holds nothing) leaves two actions of known text behind. So a
 * boot with more or fewer of them is told from a log without ever having seen it, and nothing else is: an
 * application that ran and returned is in PCR 4 by its digest, which no form made here has.
 *
 * EDK2, SecurityPkg/Tcg/Tcg2Dxe/Tcg2Dxe.c, OnReadyToBoot(): the first attempt measures "Calling EFI
 * Application from Boot Option" and the separators, each further one "Returning from ..." and "Calling ..."
 * again.
 */
#ifndef MEASURE_BOOT_PLATFORM_H
#define MEASURE_BOOT_PLATFORM_H

#include "measure/log/event.h"

#define PLATFORM_ATTEMPTS_MAX 8u /* failed boot options in one boot that are modelled */

/* A form that differs from boot_facts.platform. */
struct boot_platform {
	struct event_list events; /* PCR 4 until the first image */
	char note[48];            /* for a label, as ", after 2 boot options failed" */
	char key[24];             /* for the key of a boot path, as " failed 2" */
};

/*
 * How many boot options failed. events: of PCR 4, before the image that was started in the end. -EOPNOTSUPP
 * for any other form, such as an action whose digest is not that of its text, or an application that
 * returned.
 */
int platform_attempts(const struct event_list *events, unsigned *ret);

/*
 * The same firmware with n boot options that failed; also of a boot in which applications ran and returned,
 * without these. -EOPNOTSUPP when the events have no such form.
 */
int platform_with_attempts(const struct event_list *events, unsigned n, struct event_list *ret);

#endif
