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

/*
 * All events of PCR 7 and PCR 14 that this boot will measure, in order (the two PCRs interleaved as shim
 * does). -EKEYREJECTED when an image would not be allowed to run, -EBADMSG for malformed input, -EOPNOTSUPP
 * for cases without a model. *ret_carried (ret_carried may be NULL) tells whether an event was copied from
 * the log without checking its data.
 */
int secureboot_events(const struct sb_boot *boot, struct error *err, struct event_list *ret,
		      bool *ret_carried);

#endif
