/*
 * The anchor: the TPM key, index and volumes that the unlock program must find. A text file in every initrd
 * and in /etc/bootseal/anchor, measured with the initrd: after a change the TPM does not unlock.
 *
 *   bootseal-anchor 1
 *   srk <68 hex digits>
 *   index 0x0180b007 <68 hex digits>
 *   target <mapping name> <LUKS UUID> <64 hex digits: volume pin>      1 to TARGET_MAX lines
 *
 * "bootseal-anchor 2", and behind the index a line "pin": the TPM's keyslots want a PIN as well (doc/pin.md).
 * A header of before, which anybody may have kept, would open without one: that is refused.
 */
#ifndef SEAL_ANCHOR_H
#define SEAL_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "seal/policy.h"

#define ANCHOR_PATH "/etc/bootseal/anchor"
#define ANCHOR_MAX_LEN 8192
#define TARGET_MAX 8
#define TARGET_NAME_MAX 128 /* DM_NAME_LEN with the NUL */

struct anchor_target {
	char name[TARGET_NAME_MAX]; /* [A-Za-z0-9+_.@=-], not starting with a dot or dash */
	char uuid[37];              /* lower case, canonical */
	uint8_t volume_pin[SHA256_LEN];
};

struct anchor {
	struct tpm_name srk;
	uint32_t index_handle;
	struct tpm_name index;
	bool pin; /* no token without a PIN is taken */
	struct anchor_target target[TARGET_MAX];
	size_t target_count;
};

/* Can it be the name of a target? */
bool anchor_takes_name(const char *name);

/* Strict; err names line and place. -EBADMSG. */
int anchor_parse(const void *text, size_t n, const char *path, struct error *err, struct anchor *ret);
/* -ENOENT when there is no file. */
int anchor_read(const char *path, struct error *err, struct anchor *ret);
/*
 * The text, such that parsing it gives the same anchor. -EINVAL for an anchor that could not be read back,
 * -ENOMEM.
 */
int anchor_format(const struct anchor *a, struct buffer *ret);

/*
 * A list of volumes alone, 1 to TARGET_MAX, with no TPM in it (machine/record/late_volumes.h): the target
 * lines after "bootseal-volumes 1". The rest of the anchor is empty. Errors as above.
 */
int anchor_parse_volumes(const void *text, size_t n, const char *path, struct error *err,
			 struct anchor *ret);
int anchor_format_volumes(const struct anchor *a, struct buffer *ret);

/* NULL when there is none of that mapping name. */
const struct anchor_target *anchor_find(const struct anchor *a, const char *name);

#endif
