/* The machine that starts a disk image for the first time, as a tree in the image's folder. */
#ifndef CLI_IMAGE_MACHINE_H
#define CLI_IMAGE_MACHINE_H

#include <getopt.h>

#include "base/error.h"
#include "image/source.h"
#include "machine/system/machine.h"
#include "machine/uefi_config.h"

/* Secure Boot's keys of the new machine, where they are not the platform's. */
struct image_keys {
	const char *path; /* NULL: not given */
	enum uefi_config_form form;
	bool twice; /* both forms were given */
};

#define IMAGE_KEYS_OPTIONS                                                                                   \
	{ "uefi-config", required_argument, NULL, 'U' }, { "azure-disk", required_argument, NULL, 'A' }

/* False: the option is none of these. */
bool image_keys_take(int c, const char *arg, struct image_keys *ret);
/* What is wrong with them, for cli_refuse(); NULL: nothing. */
const char *image_keys_bad(const struct image_keys *k);

/* platform: a machine of the same kind (machine/first_start.h). The tree ends with s. */
int image_machine(const struct machine *platform, const struct image_keys *k, const struct image_source *s,
		  struct error *err, struct machine *ret);

#endif
