/*
 * The first boots of a machine that was deployed (seal/first_boot.h): there is no anchor yet, and the header
 * of the volume has the token of the first boot instead.
 *
 * The key is not used here: cryptroot gets it as a key file in memory, because the volume may be in the
 * middle of cryptsetup-reencrypt(8), and because the system that starts changes the volume with it
 * (hooks/first-boot). The window is closed before that, and whether there was a token or not.
 */
#ifndef UNLOCK_FIRST_BOOT_H
#define UNLOCK_FIRST_BOOT_H

#include <stdbool.h>

#include "base/error.h"
#include "seal/anchor.h"
#include "unlock/options.h"
#include "unlock/result.h"

#define FIRST_BOOT_KEY "first-boot.key"	     /* in the run directory, 0400 */
#define FIRST_BOOT_VOLUMES "first-boot.volumes" /* there, too: anchor_format_volumes() */

/* Is this the initrd of such a machine? Asked where there is no anchor. */
bool first_boot_is(const struct options *o);
/* The volume whose key was released in this boot, in the form of an anchor. -ENOENT: none was. */
int first_boot_volumes(const struct options *o, struct error *err, struct anchor *ret);
/* `open`. An enum unlock_exit. */
int first_boot_open(const struct options *o, struct result *result);

#endif
