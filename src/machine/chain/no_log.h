/*
 * A boot without an event log: some virtual machines hand none over, some firmware one that is damaged (then
 * 'bootseal enroll --without-log' chooses this), and that must not make a TPM useless. The images that were
 * started follow from the boot option that the firmware used, and the events from the PCRs' values, which
 * only the right ones give (measure/boot/recognize.h). What is lost: an `explain` that names the first event
 * that differs, of a boot that nothing of this machine explains.
 */
#ifndef MACHINE_CHAIN_NO_LOG_H
#define MACHINE_CHAIN_NO_LOG_H

#include "machine/chain/chain.h"

/* One file a PCR, in hexadecimal: what Linux shows of the TPM without a privilege. */
#define PCR_VALUES_DIR "/sys/class/tpm/tpm0/pcr-sha256"

/* The events of the boot that is running, once they were found: files may change after that. */
#define BOOT_EVENTS_PATH MACHINE_RUN_DIR "/boot-events"

/*
 * The log is missing, or not used: takes the events that were kept, when they give the PCRs' values. -ENODATA
 * when there are no PCR values to tell a boot from; 0 also without kept events.
 */
int no_log_begin(struct chain *c);
/* Those events alone. -ENODATA as above, -ENOENT: there are none of this boot. */
int no_log_kept(const struct machine *m, struct event_list *ret);
/* -EBADMSG, a damaged or wrong log: adds to the message what does without it. Returns r. */
int no_log_advise(int r, struct error *err);
/* Keeps them. */
int no_log_keep(const struct chain *c, struct error *err);

/*
 * Which images were started: the boot option that BootCurrent names, and what shim starts by itself. An
 * option that names no partition, but a whole disk, is taken to mean the EFI partition that is mounted.
 * -EOPNOTSUPP with words for an option of another kind: the firmware's own, or not of a GPT partition.
 */
int no_log_started(const struct machine *m, const struct partitions *parts, struct error *err,
		   struct started *ret);
/* Where c->logged has these images. */
void no_log_find_images(struct chain *c);

/*
 * Without kept events, when all else of the chain is there: fills c->logged. -EOPNOTSUPP naming the PCRs
 * that no way to start this machine gives.
 */
int no_log_recognize(struct chain *c, struct error *err);

/* eventlog_check() for such a boot. */
int no_log_check(const struct chain *c, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		 struct error *err);

#endif
