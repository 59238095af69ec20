/*
 * Volumes that the running system opens at boot, after the initramfs: by /etc/crypttab, and by /etc/fstab for
 * those with the option noauto there.
 */
#ifndef MACHINE_SYSTEM_VOLUMES_H
#define MACHINE_SYSTEM_VOLUMES_H

#include <stdbool.h>

#include "machine/system/machine.h"
#include "seal/crypttab.h"

/* When a volume's passphrase is asked for while the machine boots. */
enum volume_asks {
	VOLUME_QUIET,      /* never: a key file, a random key, another program's TPM key, or not at boot */
	VOLUME_ASKS,       /* and the boot goes on meanwhile (nofail) */
	VOLUME_BLOCKS,     /* and the boot waits */
};

/*
 * /etc/crypttab as systemd reads it: two fields make a line, too, and the last one needs no end. Without the
 * file: no lines. -EBADMSG.
 */
int volumes_read_crypttab(const struct machine *m, struct error *err, struct crypttab *ret);

/* In the initramfs, by its own crypttab. */
enum volume_asks volume_asks_early(const struct crypttab_entry *e);

/*
 * By systemd, from a line of /etc/crypttab; systemd-cryptsetup-generator(8), crypttab(5) of systemd. A key
 * file that is missing makes systemd ask.
 */
enum volume_asks volume_asks_late(const struct machine *m, const struct crypttab_entry *e);

#endif
