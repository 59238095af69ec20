/*
 * crypttab(5), as the boot scripts of Debian's cryptsetup-initramfs 2.6.1 read it: /lib/cryptsetup/functions
 * and /usr/share/initramfs-tools/scripts/local-top/cryptroot.
 */
#ifndef SEAL_CRYPTTAB_H
#define SEAL_CRYPTTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/anchor.h"
#include "seal/volume.h"

#define CRYPTTAB_MAX_LEN 65536
#define CRYPTTAB_MAX 256
#define CRYPTTAB_DEVICE_MAX 256
#define CRYPTTAB_KEY_MAX 128
#define CRYPTTAB_KEY_FILE "key file"
#define CRYPTTAB_TIMEOUT_MAX 16

/* How a passphrase is asked for, as systemd reads it: crypttab(5) of systemd. */
struct crypttab_asking {
	bool headless;  /* nobody is asked */
	bool has_tries; /* or systemd's default */
	unsigned tries; /* 0: without end */
	/* a time as in systemd.time(7); "" without one, or a longer one */
	char timeout[CRYPTTAB_TIMEOUT_MAX];
};

/* What the rest of the line says about a volume that is not ours: systemd and cryptroot go by it. */
struct crypttab_others {
	bool noauto, nofail;
	bool initramfs;          /* opened there, whatever it is for */
	bool keyscript, derived; /* derived: by decrypt_derived, from another volume */
	bool tpm2;               /* tpm2-device=: systemd asks the TPM */
	struct crypttab_asking asking;
};

struct crypttab_entry {
	char name[TARGET_NAME_MAX];
	/* a path: UUID=, LABEL=, PARTUUID=, PARTLABEL=, ID= become /dev/disk/by-... (with udev's encoding) */
	char device[CRYPTTAB_DEVICE_MAX];
	struct volume_flags flags;
	/*
	 * the first option that we cannot open with (plain, header, keyscript...), or CRYPTTAB_KEY_FILE; ""
	 * when none
	 */
	char unsupported[64];
	char key[CRYPTTAB_KEY_MAX]; /* third field, as written: "none", a path; cut off when longer */
	struct crypttab_others others;
};

struct crypttab {
	struct crypttab_entry entry[CRYPTTAB_MAX];
	size_t count;
};

/*
 * Skips the same lines as those scripts (comments, lines that lack a field, a duplicate name, unknown
 * options). A line that they could read differently is an error that names the line. -EBADMSG.
 */
int crypttab_parse(const void *text, size_t n, const char *path, struct error *err, struct crypttab *ret);

#endif
