/* The verdict on this boot, as it is kept in /run until the next one. */
#ifndef MACHINE_CHAIN_CALIBRATION_FILE_H
#define MACHINE_CHAIN_CALIBRATION_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hash/hash.h"
#include "machine/system/machine.h"
#include "measure/log/event.h"

enum verdict {
	VERDICT_EXACT,          /* the model reproduces this boot event by event */
	/* it does with the logged digests of the files that are named: they changed since */
	VERDICT_INPUTS_CHANGED,
	VERDICT_MISMATCH,       /* it does not: see reason */
};

/*
 * An input of this boot and what was measured of it: kept so that a later judgement in the same boot stays
 * valid.
 */
struct calibration_file {
	char *path;                 /* "/boot/initrd.img-6.1.0-55-amd64"; a variable by its name: "db" */
	/* SHA-256, as PCR 9 has it; Authenticode for what only PCR 4 has (the images) */
	uint8_t measured[SHA256_LEN];
	bool authenticode;
	bool changed;               /* on disk it was something else already when the verdict was made */
};

struct calibration {
	char boot_id[37];
	enum verdict verdict;
	char *label;  /* boot path that ran: "Linux 6.1.0-55-amd64 (default)"; NULL on a mismatch */
	char *entry;  /* the loader's identifiers, joined by ">" */
	char *reason; /* what a person must know; NULL when exact */
	pcr_mask mask; /* the PCRs of which there is a value: */
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* the TPM's at that time */
	struct calibration_file *file; /* owned */
	size_t file_count;
};

#define CALIBRATION_NONE ((struct calibration){ .label = NULL })
#define CALIBRATION_PATH MACHINE_RUN_DIR "/calibration.json"

void calibration_free(struct calibration *c); /* fine twice */

/* -ENODATA when there is none of this boot; -EBADMSG: damaged. */
int calibration_read(const struct machine *m, struct error *err, struct calibration *ret);
int calibration_write(const struct machine *m, const struct calibration *c, struct error *err);

#endif
