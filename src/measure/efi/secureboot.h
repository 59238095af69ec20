/*
 * PCR 7 and PCR 14: Secure Boot's variables, and the keys that let each image run.
 *
 * TCG PC Client Platform Firmware Profile 1.06, section 3.3.4.8 (PCR 7); EDK2's Tcg2Dxe and
 * DxeImageVerificationLib; shim's source (mok.c, verify.c, tpm.c) for what shim adds. Pure: variable contents
 * and files are passed in.
 */
#ifndef MEASURE_EFI_SECUREBOOT_H
#define MEASURE_EFI_SECUREBOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/reader.h"
#include "measure/efi/secureboot_image.h"
#include "measure/efi/secureboot_vars.h"
#include "measure/log/event.h"
#include "measure/log/eventlog.h"

struct sb_boot {
	const struct sb_vars *vars;
	/* The running boot's log, for what the variables do not tell; NULL: EDK2's five variables. */
	const struct eventlog *log;
	/*
	 * The shim that booted this machine and made the mirrors; NULL: image[0] is the same file (an error
	 * if the mirrors show that it is not).
	 */
	const struct reader *running_shim;
	/*
	 * image[0] is started by the firmware; the others by shim if image[0] is one, otherwise by the
	 * firmware
	 */
	const struct sb_image *image;
	size_t n_images;
};

struct secureboot; /* one such boot, as far as boot->image goes; owned by the caller */

/*
 * The bytes that boot names must stay as long as *ret: contents of variables, files.
 * -EKEYREJECTED when an image would not be allowed to run, -EBADMSG for malformed input, -EOPNOTSUPP for
 * cases without a model.
 */
int secureboot_new(const struct sb_boot *boot, struct error *err, struct secureboot **ret);
void secureboot_free(struct secureboot *s); /* fine on NULL */

/*
 * All events of PCR 7 and PCR 14 that it measures, in order (the two PCRs interleaved as shim does). Borrowed
 * from s.
 */
const struct event_list *secureboot_measured(const struct secureboot *s);
/* Was one of them copied from the log without checking its data? */
bool secureboot_carried(const struct secureboot *s);

/*
 * What is measured besides when this image is started next; the errors of secureboot_new(). s stays as it is:
 * each image that may come next is asked for by itself.
 */
int secureboot_further(const struct secureboot *s, const struct sb_image *image, struct error *err,
		       struct event_list *ret);

#endif
