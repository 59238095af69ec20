/* `bootseal image deploy`. */
#ifndef CLI_IMAGE_DEPLOY_H
#define CLI_IMAGE_DEPLOY_H

#include <stdint.h>

#include "cli/image_machine.h"
#include "cli/root.h"

#define IMAGE_DEPLOY_RESETS 16 /* a new machine's TPM has counted two or three already */

struct image_deploy_arguments {
	const char *image, *srk, *output, *key_file, *format; /* output, key_file, format: NULL, not given */
	uint32_t resets;
	struct root_options platform;
	struct image_keys keys;
};

/* The exit code. */
int image_deploy_run(const struct image_deploy_arguments *a);

#endif
