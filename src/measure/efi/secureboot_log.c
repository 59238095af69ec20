#include "measure/efi/secureboot_log.h"

#include <errno.h>
#include <string.h>

#include "measure/efi/uefi.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/eventlog_variable.h"
#include "measure/log/tcg.h"

/* The firmware's policy, in EDK2's order of measurement (Tcg2Dxe, MeasureAllSecureVariables). */
const struct sb_firmware_variable sb_firmware_variables[SB_FIRMWARE_VARIABLES] = {
	{ "SecureBoot", uefi_guid_global, offsetof(struct sb_vars, secure_boot) },
	{ "PK", uefi_guid_global, offsetof(struct sb_vars, pk) },
	{ "KEK", uefi_guid_global, offsetof(struct sb_vars, kek) },
	{ "db", uefi_guid_security, offsetof(struct sb_vars, db) },
	{ "dbx", uefi_guid_security, offsetof(struct sb_vars, dbx) },
};

struct reader *sb_member(struct sb_vars *vars, const struct sb_firmware_variable *v)
{
	return (struct reader *)((uint8_t *)vars + v->at);
}

static bool is_variable(const struct eventlog_variable *v, const uint8_t *guid, const char *name)
{
	if (memcmp(v->guid, guid, 16) != 0 || v->name.left != 2 * strlen(name))
		return false;
	for (size_t i = 0; i < v->name.left; i++)
		if (v->name.at[i] != (i % 2 == 0 ? (uint8_t)name[i / 2] : 0))
			return false;
	return true;
}

const struct sb_firmware_variable *sb_log_variable(const struct eventlog_record *record)
{
	struct eventlog_variable v;

	if (record->type != EV_EFI_VARIABLE_DRIVER_CONFIG || !eventlog_variable(&record->data, &v))
		return NULL;
	for (size_t i = 0; i < SB_FIRMWARE_VARIABLES; i++)
		if (is_variable(&v, sb_firmware_variables[i].guid, sb_firmware_variables[i].name))
			return &sb_firmware_variables[i];
	return NULL;
}

int sb_log_check(const struct eventlog_record *record, size_t bank, struct error *err)
{
	struct buffer what = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	int r;

	r = hash_sha256(record->data.at, record->data.left, digest);
	if (r < 0)
		return r;
	if (record->digest[bank] && memcmp(digest, record->digest[bank], SHA256_LEN) == 0)
		return 0;
	eventlog_describe(record, &what);
	r = error_set(err, -EBADMSG, "event log: PCR 7: event %s does not match its digest",
		      buffer_str(&what));
	buffer_free(&what);
	return r;
}

static int take_from_log(const struct eventlog_record *record, size_t bank, struct error *err,
			 struct sb_vars *vars)
{
	const struct sb_firmware_variable *known = sb_log_variable(record);
	struct eventlog_variable v;
	struct reader *to = NULL;
	int r;

	if (known)
		to = sb_member(vars, known);
	else if (record->type == EV_EFI_VARIABLE_AUTHORITY && eventlog_variable(&record->data, &v) &&
		 is_variable(&v, uefi_guid_shim_lock, "SbatLevel"))
		to = &vars->sbat_level_rt;
	if (!to || to->at)
		return 0;
	r = sb_log_check(record, bank, err);
	if (r < 0)
		return r;
	if (eventlog_variable(&record->data, &v))
		*to = v.data.left > 0 ? v.data : sb_absent();
	return 0;
}

int secureboot_vars_from_log(const struct eventlog *log, struct error *err, struct sb_vars *vars)
{
	int bank = eventlog_bank_find(log, HASH_SHA256), r = 0;
	const struct eventlog_record *record;

	if (bank < 0)
		return error_set(err, bank, "event log: no SHA-256 bank");
	for (size_t i = 0; i < log->n_extended && r == 0; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr == SB_PCR)
			r = take_from_log(record, bank, err, vars);
	}
	return r;
}

bool sb_log_has_image(const struct eventlog *log, const uint8_t digest[static SHA256_LEN])
{
	int bank = eventlog_bank_find(log, HASH_SHA256);
	const struct eventlog_record *record;

	for (size_t i = 0; i < log->n_extended; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr == 4 && record->type == EV_EFI_BOOT_SERVICES_APPLICATION &&
		    record->digest[bank] && memcmp(record->digest[bank], digest, SHA256_LEN) == 0)
			return true;
	}
	return false;
}

const uint8_t *sb_log_mok(const struct eventlog *log, const char *name)
{
	int bank = eventlog_bank_find(log, HASH_SHA256);
	const struct eventlog_record *record;

	for (size_t i = 0; i < log->n_extended; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr == SB_PCR_MOK && record->type == EV_IPL &&
		    record->data.left == strlen(name) + 1 &&
		    memcmp(record->data.at, name, strlen(name) + 1) == 0)
			return record->digest[bank];
	}
	return NULL;
}

size_t sb_log_next_driver(const struct eventlog *log, size_t from)
{
	const struct eventlog_record *record;
	bool separated = false;

	for (size_t i = 0; i < log->n_extended; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr == 4 && record->type == EV_SEPARATOR)
			break;
		if (i >= from && separated && record->pcr == SB_PCR &&
		    record->type == EV_EFI_VARIABLE_AUTHORITY)
			return i;
		separated |= record->pcr == SB_PCR && record->type == EV_SEPARATOR;
	}
	return log->n_extended;
}
