/* Devices and files as GRUB sees them. */
#ifndef MEASURE_GRUB_DEV_H
#define MEASURE_GRUB_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/grub/state.h"

struct grub_device;
struct grub_stat;

struct grub_path {
	const struct grub_device *device;	/* NULL: GRUB's memdisk */
	const char *path;
};

enum grub_file_use {
	USE_PLAIN,	/* lists, configurations, environment, initrds, pictures: any file is good */
	USE_UNMEASURED,	/* GRUB_FILE_TYPE_SKIP_SIGNATURE */
	USE_DENIED,	/* modules, fonts: refused under Secure Boot, after the measurement */
	USE_IMAGE,	/* kernels, EFI images: shim verifies and measures */
};

/* NULL: there is none. */
const struct grub_device *grub_dev_find(struct grub *g, const char *name);
/* GRUB's error for a device that does not exist. */
enum grub_err grub_dev_error(struct grub *g, const char *name);
/* The device and the path of a file name; sets grub_errno when there is no such device. */
bool grub_dev_resolve(struct grub *g, const char *name, struct grub_path *ret_path);
/* Does GRUB know its file system? Tries to load modules that might. */
bool grub_dev_fs(struct grub *g, const struct grub_device *device);
bool grub_dev_stat(struct grub *g, const struct grub_path *p, struct grub_stat *ret_stat);
/* grub_file_open: measures. False with grub_errno set when GRUB could not open it. */
bool grub_dev_open(struct grub *g, const char *name, enum grub_file_use use, struct grub_path *ret_path,
		   struct grub_stat *ret_stat);
/* The content of a small file that was opened; valid until the evaluation is over. */
void grub_dev_read(struct grub *g, const struct grub_path *p, const uint8_t **ret_bytes, size_t *ret_len);
void grub_dev_write(struct grub *g, const struct grub_path *p, const uint8_t *bytes, size_t len);
/* "(hd0,gpt2)/vmlinuz" */
const char *grub_dev_name(struct grub *g, const struct grub_path *p);
/* Calls each(context) per device in GRUB's order until it returns true. */
bool grub_dev_each(struct grub *g, bool (*each)(struct grub *g, const char *name, void *context),
		   void *context);

#endif
