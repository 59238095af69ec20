/*
 * The fake machine, called world here: a tree of files (make-tree) with real signed images, a LUKS2 volume
 * and a software TPM. The code under test runs on it for real; only the boot itself is played: the model
 * computes what the files as they are now would measure, the TPM is reset and gets these measurements, the
 * log goes to where Linux shows it, and bootseal-unlock runs with the anchor of the very initrd that was
 * "booted".
 *
 * Every function fails the running test when what it does for the world does not work; what is under test
 * returns its result.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "../swtpm/swtpm.h"

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "machine/enroll.h"
#include "machine/record/state.h"
#include "machine/remove.h"
#include "machine/system/machine.h"
#include "machine/reseal.h"

#define WORLD_PASSPHRASE "a passphrase"
#define WORLD_PIN "482913"
#define WORLD_OTHER_PIN "other-PIN"
/* Recovery keys (seal/recovery_key.h): eight multiples of 11 */
#define WORLD_OLD_KEY "000011 000022 000033 000044 000055 000066 000077 000088"
#define WORLD_NEW_KEY "110000 220000 330000 440000 550000 660000 110011 220022"

/* Releases of the two kernels; the old one is installed. */
#define WORLD_OLD "6.1.0-55-amd64"
#define WORLD_NEW "6.1.0-56-amd64"

/* bootseal-unlock's exit code 3: this initrd knows nothing of us. */
#define WORLD_NOT_ENROLLED 3
#define WORLD_OPENED 0
#define WORLD_ASKS 5
#define WORLD_TOKEN_GONE 6
#define WORLD_WAITS 7 /* for a device, or for the PIN */

struct world {
	char dir[64];          /* holds the tree "root" */
	struct machine machine;
	struct swtpm swtpm;
	/* In the boots from now on; -1: as in the recorded one. */
	int failed_options;    /* boot options that fail before ours */
	bool no_actions;       /* the firmware measures no attempts to boot */
	int disk;              /* GRUB's number of the boot disk */
	/* What the firmware measures in PCR 0 and 2 besides; NULL: no more. */
	const char *firmware, *option_rom;
	const char *pin;       /* typed at each question for it from now on; NULL: nobody does */
	const char *second_pin; /* the same, from the second question on; NULL: as the first */
	char *output;          /* what bootseal-unlock said last */
	struct error err;      /* of the call that was made last */
	struct reseal_report report; /* of the last enrolment or reseal */
};

/*
 * Once in a program: the tree that the worlds are copies of. Setup and teardown functions of a cmocka group.
 */
int world_make_base(void **state);
int world_remove_base(void **state);

/* A machine that has booted its old kernel, nothing enrolled. */
void world_new(struct world *w);
void world_free(struct world *w);

/* The file's path on the host. Valid until the fifth call after it. */
const char *world_path(const struct world *w, const char *path);
char *world_read(const struct world *w, const char *path, size_t *ret_len);
/* Replaced as by an editor: a new inode. */
void world_write(const struct world *w, const char *path, const void *bytes, size_t len);
void world_write_text(const struct world *w, const char *path, const char *text);
bool world_has(const struct world *w, const char *path);
/* Turns over one bit in the middle of the file. */
void world_flip(const struct world *w, const char *path);
/* Runs a shell command on the host, in the tree's root directory; it must end well. */
void world_shell(const struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same anywhere. */
void world_host(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void world_secret(const char *text, struct secret *ret);

/* GRUB's identifier of a kernel's entry in the submenu, for world_boot(). */
const char *world_entry(const char *release);

/*
 * Power off and on. entry: NULL for the default one. Returns bootseal-unlock's exit code, WORLD_NOT_ENROLLED
 * when the initrd lacks it. The boot service's calibration is done too.
 */
int world_boot(struct world *w, const char *entry);
/* What scripts/local-top/bootseal does; the exit code of the last run. unlock.c */
int world_unlock(struct world *w);
/* The same without the boot service. */
int world_boot_only(struct world *w, const char *entry);
/* As far as the initramfs, with what its bootseal-unlock reads in place; false: it has none. */
bool world_power_on(struct world *w, const char *entry);
/* From firmware to kernel only. boot.c */
void world_measure(struct world *w, const char *entry, char ret_initrd[static PATH_MAX]);

/* Does every boot path of the files as they are open the volume? */
bool world_all_open(struct world *w);
/*
 * Keeps /boot as it is; later the same is tried with those files, and with the volume and the TPM as they are
 * by then.
 */
void world_keep_boot(const struct world *w);
bool world_all_open_as_kept(struct world *w);

/* Boot0003 was used: this file on the EFI partition; NULL: the partition alone; "": a controller. values.c */
void world_write_option(const struct world *w, const char *file);
/* Where the tree has a place for them, the PCRs' values as they are; each boot does so. values.c */
void world_show_pcrs(struct world *w);

/* What a user or a hook calls; 0 or negative errno, words in w->err. */
int world_enroll(struct world *w);
int world_enroll_accepting(struct world *w); /* --accept-current */
int world_enroll_without_log(struct world *w);
int world_enroll_pin(struct world *w, const char *pin, bool accept); /* accept: --accept-current */
int world_reseal(struct world *w);
int world_reseal_with(struct world *w, const struct reseal_options *o);
int world_remove(struct world *w, struct remove_report *ret);
int world_set_recovery_key(struct world *w, const char *key);

/*
 * apt installs or purges a kernel, bootseal's hooks in dpkg's order included. The result is the last
 * reseal's.
 */
int world_install_kernel(struct world *w, const char *release);
int world_purge_kernel(struct world *w, const char *release);
/* update-initramfs -u for one kernel, with our post-update hook. */
int world_update_initramfs(struct world *w, const char *release);
/* The same without any hook of ours, as a person with a rescue system could. */
void world_kernel_unseen(struct world *w, const char *what, const char *release);
/* Reads what the post-update hook was called with and does what the real hook would. */
int world_run_post_update(struct world *w);

/* A volume beside the first, with the same passphrase. script: second-volume or late-volume. outside.c */
void world_add_volume(const struct world *w, const char *script);
/* Does the passphrase open the volume? And another one? outside.c */
bool world_passphrase_works(const struct world *w);
bool world_opens_with(const struct world *w, const char *passphrase);
/* Of each volume; 0 when a second one has another number of them. */
size_t world_keyslots(const struct world *w);
/* Is there anything but the files that belong there where ours are? */
bool world_has_litter(const struct world *w);

/* Puts the measurements of the boot that runs into a TPM that was switched off and on. boot.c */
void world_measure_again(struct world *w);

/*
 * Files, header and TPM as they are now, to come back to. Afterwards the boot that runs goes on, the window
 * apart, which is open again.
 */
void world_save(struct world *w, const char *name);
void world_restore(struct world *w, const char *name);

#endif
