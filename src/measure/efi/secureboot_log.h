/* What the running boot's log tells about PCR 7 and PCR 14. The log must have a SHA-256 bank. */
#ifndef MEASURE_EFI_SECUREBOOT_LOG_H
#define MEASURE_EFI_SECUREBOOT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/efi/secureboot_vars.h"
#include "measure/log/eventlog.h"

#define SB_PCR 7
#define SB_PCR_MOK 14
#define SB_FIRMWARE_VARIABLES 5

struct sb_firmware_variable {
	const char *name;
	const uint8_t *guid;
	size_t at; /* in struct sb_vars */
};
extern const struct sb_firmware_variable sb_firmware_variables[SB_FIRMWARE_VARIABLES];
struct reader *sb_member(struct sb_vars *vars, const struct sb_firmware_variable *v);

/* The variable that an EV_EFI_VARIABLE_DRIVER_CONFIG measures; NULL: none of these, or a different event. */
const struct sb_firmware_variable *sb_log_variable(const struct eventlog_record *record);

/*
 * In PCR 7 an event's digest is that of its data. -EBADMSG when it is not: then the data proves nothing.
 */
int sb_log_check(const struct eventlog_record *record, size_t bank, struct error *err);

/* Did the boot measure an image of this digest into PCR 4? */
bool sb_log_has_image(const struct eventlog *log, const uint8_t digest[static SHA256_LEN]);

/* The digest that shim logged for one of its lists in PCR 14; NULL: none. */
const uint8_t *sb_log_mok(const struct eventlog *log, const char *name);

/*
 * Fills the unknown members of vars whose values are in the log's events (SecureBoot, PK, KEK, db, dbx,
 * SbatLevel). Computes each event's digest again from its data first: -EBADMSG when it differs. Points into
 * the log's bytes.
 */
int secureboot_vars_from_log(const struct eventlog *log, struct error *err, struct sb_vars *vars);

/*
 * The place in log->extended of the next authority from `from` on that let a driver of the firmware or of a
 * plug-in card run: between the separators of PCR 7 and PCR 4 (the latter marks the first attempt to boot).
 * log->n_extended: there is none.
 */
size_t sb_log_next_driver(const struct eventlog *log, size_t from);

#endif
