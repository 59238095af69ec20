/*
 * How this boot was unlocked, from the boot result that bootseal-unlock left in /run (seal/boot_result.h; the
 * initramfs' /run stays), and what root decided since. /run is root's: these files decide only what the hooks
 * accept, never whether a key is released.
 */
#ifndef MACHINE_RECORD_BOOT_REPORT_H
#define MACHINE_RECORD_BOOT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/boot_result.h"

#define BOOT_REPORT_PATH MACHINE_RUN_DIR "/" BOOT_RESULT_FILE
#define BOOT_TRUSTED_PATH MACHINE_RUN_DIR "/trusted"
#define BOOT_BEFORE_PATH MACHINE_RUN_DIR "/before-enrolment"
#define BOOT_REMOVED_PATH MACHINE_RUN_DIR "/removed"

struct boot_report {
	bool opened;      /* every enrolled volume was unlocked by the TPM */
	int exit_code;    /* of bootseal-unlock */
	char reason[512]; /* why not, one line; empty when opened */
	enum window window;
	uint32_t generation, branch;
	uint32_t total_ms;
};

/* -ENODATA when bootseal-unlock did not run in this boot, with words for why; -EBADMSG with words. */
int boot_report_read(const struct machine *m, struct error *err, struct boot_report *ret);

/*
 * May hooks accept new files in this boot? Opened by the TPM, or root said so (enroll, reseal
 * --accept-current).
 */
bool boot_trusted(const struct machine *m);
/* The same: 1 or 0; a negative errno, naming the file, where that cannot be read. */
int boot_ask_trusted(const struct machine *m, struct error *err);
int boot_trust(const struct machine *m, struct error *err);

/*
 * Did this boot begin before the machine was enrolled, so that bootseal-unlock was not there to run? As the
 * first enrolment has left word of, but not one where an anchor is left, nor one after a removal in this
 * boot, which leaves word, too: then the boot began on an enrolled machine.
 */
bool boot_before_enrolment(const struct machine *m);
int boot_mark_before_enrolment(const struct machine *m, struct error *err);
int boot_mark_removed(const struct machine *m, struct error *err);
/* Did this boot begin on an enrolled machine, and the TPM not unlock it? */
bool boot_was_refused(const struct machine *m);

#endif
