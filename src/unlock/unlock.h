/*
 * bootseal-unlock: unlocks the anchor's volumes in the initramfs and closes the window.
 *
 * It starts no process, prints on stderr and leaves what happened in the run directory (result.h).
 */
#ifndef UNLOCK_UNLOCK_H
#define UNLOCK_UNLOCK_H

#include <stdbool.h>
#include <stddef.h>

#define TPMS_MAX 4

/* Exit codes; part of the interface of the boot scripts. */
enum unlock_exit {
	UNLOCK_DONE = 0,         /* opened, closed, or nothing to do */
	UNLOCK_FAILED = 1,       /* a failure of this program or of the machine; the message says which */
	UNLOCK_USAGE = 2,
	UNLOCK_NOT_ENROLLED = 3, /* no anchor, or this initramfs unlocks none of its targets */
	UNLOCK_NO_TPM = 4,
	UNLOCK_POLICY = 5,       /* this boot is not sealed, or the window is closed */
	UNLOCK_TAMPERED = 6,     /* header or token does not match the anchor */
	UNLOCK_ABSENT = 7,       /* no device yet: call again; the window is still open */
	/*
	 * the window cannot be closed while the TPM may still unlock, or a volume that the TPM unlocked is
	 * exposed: reboot now
	 */
	UNLOCK_WINDOW = 8,
};

struct options {
	const char *anchor;
	const char *crypttab;
	const char *cmdline; /* /proc/cmdline, for cryptopts= */
	const char *run_dir;
	const char *tcti[TPMS_MAX]; /* none given: /dev/tpm0 and so on */
	size_t tcti_count;
	long wait_ms;        /* for the devices of the targets, when this is the first call of the boot */
	bool test_open;      /* only test the keyslot instead of activating a mapping */
	const char *sysfs;   /* /sys, to find the devices under the root */
	const char *mounts;  /* /proc/self/mounts, for file systems without a device number of their own */
};

/* One per command: names are the words after the command. They return an enum unlock_exit. */
int open_main(const struct options *o, int count, char *const *names);
int close_main(const struct options *o, int count, char *const *names);
int confirm_main(const struct options *o, int count, char *const *names);
int lock_main(const struct options *o, int count, char *const *names);
int root_main(const struct options *o, int count, char *const *names);
int resume_main(const struct options *o, int count, char *const *names);
int explain_main(const struct options *o, int count, char *const *names);
int recover_main(const struct options *o, int count, char *const *names);

#endif
