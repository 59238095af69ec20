/* The inside of struct chain, for src/machine/chain*.c, forecast*.c and their tests. */
#ifndef MACHINE_CHAIN_CHAIN_INTERNAL_H
#define MACHINE_CHAIN_CHAIN_INTERNAL_H

#include "machine/chain/chain.h"
#include "machine/chain/devices.h"
#include "machine/system/efivars.h"
#include "machine/system/manifest.h"
#include "measure/log/eventlog.h"
#include "measure/grub/image.h"
#include "measure/boot/predict.h"

#define KERNELS_MAX 64
#define EVENTLOG_PATH "/sys/kernel/security/tpm0/binary_bios_measurements"
#define RUNNING_SHIM_PATH MACHINE_RUN_DIR "/shim.efi" /* the shim that started this boot, kept for after its update */
#define SHIM_MAX_LEN (16u << 20)

/* What one kernel adds, asked for once. */
struct chain_kernel {
	char *path; /* as GRUB names it */
	struct boot_kernel facts;
	struct event_list authorities;
};

struct chain {
	const struct machine *machine;
	struct files *files;
	struct manifest known; /* as it was when the chain was loaded */
	struct buffer log_bytes, shim_bytes; /* shim_bytes: RUNNING_SHIM_PATH */
	struct eventlog log;
	struct event_list logged;
	struct efivars vars;
	struct partitions parts;
	const struct partition *esp;
	struct loader loader;
	struct devices devices;
	struct event_list platform, secureboot;
	struct sb_image image[2]; /* shim, GRUB */
	struct grub_image grub_image;
	struct chain_kernel kernel[KERNELS_MAX];
	size_t kernel_count;
	struct boot_facts model;
	char boot_dir[DEVPATH_FILE_MAX];
	char summary[128];
};

/* Events of PCR 7 and 14 for these images, in the order in which they are started. */
int chain_secureboot(const struct chain *c, const struct sb_image *image, size_t n, struct error *err,
		     struct event_list *ret);

/* Callbacks of the model; context is the chain. */
int chain_kernel_facts(void *context, const char *path, struct error *err, struct boot_kernel *ret);
int chain_initrds_digest(void *context, char *const *path, size_t n, struct error *err,
			 uint8_t ret[static SHA256_LEN]);

/*
 * The mount point of the file system that a boot path's device name means. -ENODEV: no such device;
 * -ENOMEDIUM: it is not mounted. The second takes a whole "(hd0,gpt2)/vmlinuz" apart. Points into c and
 * grub_path.
 */
int chain_locate(const struct chain *c, const char *device, size_t device_len, const char **ret_base);
int chain_locate_path(const struct chain *c, const char *grub_path, const char **ret_base, const char **ret_path);

/* "/boot/grub/grub.cfg" for "(hd0,gpt2)/grub/grub.cfg"; malloc'ed. */
int chain_system_path(const struct chain *c, const char *device, const char *path, char **ret);

/* Adds one note to a list. */
int forecast_note(struct forecast_note **list, size_t *n, const char *what, const char *why);
/* Adds what makes the next boot another one than is predicted, and other ways in: forecast_notes.c */
int forecast_warn(struct chain *c, struct forecast *f);

/* calibration.json: calibration_file.c */
int calibration_write(const struct machine *m, const struct calibration *c, struct error *err);

#endif
