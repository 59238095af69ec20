/* What every command of bootseal-unlock is told on its command line. */
#ifndef UNLOCK_OPTIONS_H
#define UNLOCK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define TPMS_MAX 4

struct options {
	const char *anchor;
	const char *deployed; /* exists in the initrd of a machine that was deployed */
	const char *crypttab;
	const char *cmdline; /* /proc/cmdline, for cryptopts= */
	const char *run_dir;
	const char *tcti[TPMS_MAX]; /* none given: /dev/tpm0 and so on */
	size_t tcti_count;
	long wait_ms;        /* for the devices of the targets */
	bool pin;            /* open: the PIN is on standard input */
	bool test_open;      /* only test the keyslot instead of activating a mapping */
	const char *sysfs;   /* /sys, to find the devices under the root */
	const char *mounts;  /* /proc/self/mounts, for file systems without a device number of their own */
};

#endif
