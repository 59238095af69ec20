/*
 * What does not belong on the file systems that the boot loader reads. Whoever has the disk writes them while
 * the machine is off, and the running system uses them as its own: root follows a link there into the
 * unlocked root, although the boot loader and our model of it follow links inside that file system only. So a
 * configuration that is a link measures as before, and the next update-grub writes the attacker's text
 * wherever the link leads to.
 */
#ifndef MACHINE_SYSTEM_FOREIGN_H
#define MACHINE_SYSTEM_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define FOREIGN_NAMED_MAX 8
#define FOREIGN_FILES_MAX 65536 /* looked at on one file system */
#define FOREIGN_DEPTH_MAX 16    /* directories below its root */

struct foreign {
	/* "/boot/grub/grub.cfg: a symbolic link", printable; the first ones */
	char named[FOREIGN_NAMED_MAX][512];
	const char *why[FOREIGN_NAMED_MAX]; /* "a symbolic link": how each of them ends */
	size_t named_count;
	size_t count; /* all of them */
};

/* Is that mount point /boot or /efi, or below one of them? */
bool foreign_is_boot(const char *mount);

/*
 * Looks at each partition that is mounted on /boot, on /efi or below. Foreign are: symbolic links, but for
 * those of /boot itself that Debian and Ubuntu make for their kernels (/boot/vmlinuz -> vmlinuz-VERSION);
 * devices, FIFOs and sockets; set-user-ID and set-group-ID files; in what is mounted on /boot itself, names
 * with characters that no package uses there, because grub-mkconfig writes names into a script. More files
 * than can be looked at are foreign, too, and what cannot be read.
 *
 * -ENOENT without udev's database; errors of a mount point itself.
 */
int foreign_find(const struct machine *m, struct error *err, struct foreign *ret);

/* -ECANCELED, with the first of them and what to do, when there are any. */
int foreign_refuse(const struct machine *m, struct error *err);

#endif
