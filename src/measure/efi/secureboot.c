#include "measure/efi/secureboot.h"

#include <errno.h>
#include <string.h>

#include "measure/efi/pe.h"
#include "measure/efi/secureboot_authority.h"
#include "measure/efi/secureboot_log.h"
#include "measure/efi/shim.h"
#include "measure/efi/uefi.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/tcg.h"

/* One prediction. */
struct work {
	const struct sb_boot *boot;
	struct sb_vars vars; /* completed from the log */
	struct error *err;
	struct event_list events;
	/* each verifier measures an authority once, independently of the other */
	uint8_t measured[2][SB_AUTHORITIES_MAX][SHA256_LEN];
	size_t n_measured[2];
	bool carried;
};

enum verifier { BY_FIRMWARE, BY_SHIM };

static int variable_digest(struct work *w, const uint8_t *guid, const char *name, const struct reader *data,
			   uint8_t ret[static SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	int r;

	uefi_add_variable(&b, guid, name, data);
	r = buffer_ok(&b) ? hash_sha256(b.data, b.len, ret) : -ENOMEM;
	buffer_free(&b);
	return r < 0 ? error_set(w->err, r, "Secure Boot: %s: %s", name, strerror(-r)) : 0;
}

static int add_digest(struct work *w, uint32_t pcr, uint32_t type, const uint8_t digest[static SHA256_LEN],
		      const char *what)
{
	int r = event_list_add(&w->events, pcr, type, digest, what);

	return r < 0 ? error_set(w->err, r, "Secure Boot: %s: %s", what, strerror(-r)) : 0;
}

static int add_variable(struct work *w, uint32_t type, const uint8_t *guid, const char *name,
			const struct reader *data)
{
	uint8_t digest[SHA256_LEN];
	int r;

	r = variable_digest(w, guid, name, data, digest);
	return r < 0 ? r : add_digest(w, SB_PCR, type, digest, name);
}

static int add_hashed(struct work *w, uint32_t pcr, uint32_t type, const struct reader *data,
		      const char *what)
{
	uint8_t digest[SHA256_LEN];
	int r;

	r = hash_sha256(data->at, data->left, digest);
	if (r < 0)
		return error_set(w->err, r, "Secure Boot: %s: %s", what, strerror(-r));
	return add_digest(w, pcr, type, digest, what);
}

/* An authority is measured once (EDK2 mMeasuredAuthorityList, shim tpm_data_measured). */
static int add_authority(struct work *w, enum verifier by, const uint8_t digest[static SHA256_LEN],
			 const char *what)
{
	for (size_t i = 0; i < w->n_measured[by]; i++)
		if (memcmp(w->measured[by][i], digest, SHA256_LEN) == 0)
			return 0;
	if (w->n_measured[by] == SB_AUTHORITIES_MAX)
		return error_set(w->err, -E2BIG, "Secure Boot: too many authorities");
	memcpy(w->measured[by][w->n_measured[by]++], digest, SHA256_LEN);
	return add_digest(w, SB_PCR, EV_EFI_VARIABLE_AUTHORITY, digest, what);
}

static int add_authorities(struct work *w, enum verifier by, const struct sb_authorities *list)
{
	const struct sb_authority *a;
	uint8_t digest[SHA256_LEN];
	int r = 0;

	for (size_t i = 0; i < list->n && r == 0; i++) {
		a = &list->a[i];
		r = variable_digest(w, a->guid, a->name, &a->data, digest);
		if (r == 0)
			r = add_authority(w, by, digest, a->name);
	}
	return r;
}

/* Some firmware measures more (dbt, DeployedMode, an action): assumed to be as in the running boot. */
static int carry_record(struct work *w, const struct eventlog_record *record, size_t bank)
{
	struct buffer what = BUFFER_NONE;
	int r;

	r = sb_log_check(record, bank, w->err);
	if (r < 0)
		return r;
	eventlog_describe(record, &what);
	if (record->type == EV_EFI_VARIABLE_AUTHORITY)
		r = add_authority(w, BY_FIRMWARE, record->digest[bank], buffer_str(&what));
	else
		r = add_digest(w, record->pcr, record->type, record->digest[bank], buffer_str(&what));
	buffer_free(&what);
	return r;
}

static int add_firmware_record(struct work *w, const struct eventlog_record *record, size_t bank)
{
	const struct sb_firmware_variable *known = sb_log_variable(record);

	if (known)
		return add_variable(w, record->type, known->guid, known->name, sb_member(&w->vars, known));
	return carry_record(w, record, bank);
}

/*
 * Authorities between the separators of PCR 7 and PCR 4 (the latter marks the first attempt to boot): they
 * let drivers of the firmware and of plug-in cards run.
 */
static int add_driver_authorities(struct work *w)
{
	const struct eventlog *log = w->boot->log;
	const struct eventlog_record *record;
	bool separated = false;
	int bank = eventlog_bank_find(log, HASH_SHA256), r = 0;

	for (size_t i = 0; i < log->n_extended && r == 0; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr == 4 && record->type == EV_SEPARATOR)
			break;
		if (record->pcr == SB_PCR && separated && record->type == EV_EFI_VARIABLE_AUTHORITY)
			r = carry_record(w, record, bank);
		separated |= record->pcr == SB_PCR && record->type == EV_SEPARATOR;
	}
	return r;
}

/*
 * PCR 7 up to its separator, included. The firmware chooses which events these are, so the log is followed.
 */
static int add_firmware_policy(struct work *w)
{
	const struct eventlog *log = w->boot->log;
	const struct reader separator = reader_new(EV_SEPARATOR_DATA, EV_SEPARATOR_LEN);
	const struct eventlog_record *record;
	int bank = log ? eventlog_bank_find(log, HASH_SHA256) : 0, r = 0;

	for (size_t i = 0; log && i < log->n_extended; i++) {
		record = &log->record[log->extended[i]];
		if (record->pcr != SB_PCR)
			continue;
		r = add_firmware_record(w, record, bank);
		if (r < 0)
			return r;
		if (record->type == EV_SEPARATOR)
			return add_driver_authorities(w);
	}
	if (log)
		return error_set(w->err, -EBADMSG, "event log: PCR 7 has no separator");
	for (size_t i = 0; i < SB_FIRMWARE_VARIABLES && r == 0; i++)
		r = add_variable(w, EV_EFI_VARIABLE_DRIVER_CONFIG, sb_firmware_variables[i].guid,
				 sb_firmware_variables[i].name,
				 sb_member(&w->vars, &sb_firmware_variables[i]));
	return r < 0 ? r : add_hashed(w, SB_PCR, EV_SEPARATOR, &separator, "separator");
}

static bool is_one(const struct reader *variable)
{
	return variable->left == 1 && variable->at[0] == 1;
}

/* One of shim's variables in PCR 14. If the mirror is unknown or incomplete, the log's digest is used. */
static int add_mok(struct work *w, const char *name, const struct reader *value)
{
	const struct eventlog *log = w->boot->log;
	const uint8_t *logged = NULL;
	uint8_t digest[SHA256_LEN];
	int r;

	/* the log of a different shim tells nothing about this one */
	if (log && sb_log_has_image(log, w->boot->image[0].digest))
		logged = sb_log_mok(log, name);
	if (value->left > 0) {
		r = hash_sha256(value->at, value->left, digest);
		if (r < 0)
			return error_set(w->err, r, "Secure Boot: %s: %s", name, strerror(-r));
		if (!logged || memcmp(digest, logged, SHA256_LEN) == 0)
			return add_digest(w, SB_PCR_MOK, EV_IPL, digest, name);
	}
	if (!logged)
		return 0;
	w->carried = true;
	return add_digest(w, SB_PCR_MOK, EV_IPL, logged, name);
}

/* The lists that shim will build. */
struct mok {
	struct buffer list, list_x;
	struct reader sbat_level;
};

static int parse_shim(const struct reader *file, struct error *err, struct shim *ret)
{
	struct pe pe;
	int r;

	r = pe_parse(file, err, &pe);
	return r < 0 ? r : shim_parse(&pe, err, ret);
}

static int build_mok(struct work *w, const struct shim *shim, bool secure, struct mok *m)
{
	const struct shim_sbat sbat = { w->vars.sbat_level_rt, w->vars.sbat_policy, secure };
	struct shim running = *shim;
	const struct sb_boot *b = w->boot;
	int r = 0;

	if (b->running_shim)
		r = parse_shim(b->running_shim, w->err, &running);
	else if (b->log && !sb_log_has_image(b->log, b->image[0].digest))
		r = error_set(w->err, -EOPNOTSUPP,
			      "%s: not the shim that booted, and that shim is not available",
			      b->image[0].name);
	if (r == 0)
		r = shim_mok_list(shim, &running, &w->vars.mok_list_rt, w->err, &m->list);
	if (r == 0)
		r = shim_mok_list_x(shim, &running, &w->vars.mok_list_x_rt, w->err, &m->list_x);
	if (r == 0)
		r = shim_sbat_level(shim, &sbat, w->err, &m->sbat_level);
	return r;
}

/* In the order of mok_state_variable_data (shim's mok.c); each is measured into PCR 7, PCR 14 or both. */
static int add_shim_variables(struct work *w, const struct mok *m)
{
	const struct reader list = reader_new(m->list.data, m->list.len);
	const struct reader list_x = reader_new(m->list_x.data, m->list_x.len);
	int r;

	r = add_mok(w, "MokList", &list);
	if (r == 0)
		r = add_mok(w, "MokListX", &list_x);
	if (r == 0 && w->vars.mok_sb_state_rt.left > 0)
		r = add_variable(w, EV_EFI_VARIABLE_AUTHORITY, uefi_guid_shim_lock, "MokSBState",
				 &w->vars.mok_sb_state_rt);
	if (r == 0)
		r = add_mok(w, "MokSBState", &w->vars.mok_sb_state_rt);
	if (r == 0 && m->sbat_level.left > 0)
		r = add_variable(w, EV_EFI_VARIABLE_AUTHORITY, uefi_guid_shim_lock, "SbatLevel",
				 &m->sbat_level);
	if (r == 0)
		r = add_mok(w, "MokListTrusted", &w->vars.mok_list_trusted_rt);
	if (r == 0)
		r = add_mok(w, "MokPolicy", &w->vars.mok_policy_rt);
	return r;
}

/* Everything after the firmware has started shim. */
static int add_shim(struct work *w, const struct pe *image, bool secure)
{
	struct sb_shim_lists lists = { .vars = &w->vars };
	struct sb_authorities found;
	struct mok m = { .list = BUFFER_NONE };
	struct shim shim;
	int r;

	secure = secure && !is_one(&w->vars.mok_sb_state_rt);
	r = shim_parse(image, w->err, &shim);
	if (r == 0)
		r = build_mok(w, &shim, secure, &m);
	if (r == 0)
		r = add_shim_variables(w, &m);
	lists.shim = &shim;
	lists.mok_list = reader_new(m.list.data, m.list.len);
	lists.mok_list_x = reader_new(m.list_x.data, m.list_x.len);
	for (size_t i = 1; i < w->boot->n_images && r == 0 && secure; i++) {
		found.n = 0;
		r = sb_shim_verify(&w->boot->image[i], &lists, w->err, &found);
		if (r == 0)
			r = add_authorities(w, BY_SHIM, &found);
	}
	buffer_free(&m.list);
	buffer_free(&m.list_x);
	return r;
}

static int add_images(struct work *w)
{
	bool secure = is_one(&w->vars.secure_boot), by_shim = false;
	struct sb_authorities found;
	struct pe first;
	int r = 0;

	if (w->boot->n_images > 0) {
		r = pe_parse(&w->boot->image[0].file, w->err, &first);
		if (r < 0)
			return error_prefix(w->err, r, "%s", w->boot->image[0].name);
		by_shim = shim_is(&first);
	}
	for (size_t i = 0; i < w->boot->n_images && r == 0 && secure && (i == 0 || !by_shim); i++) {
		found.n = 0;
		r = sb_firmware_verify(&w->boot->image[i], &w->vars, w->err, &found);
		if (r == 0)
			r = add_authorities(w, BY_FIRMWARE, &found);
	}
	return r == 0 && by_shim ? add_shim(w, &first, secure) : r;
}

/* A missing mirror tells nothing about its variable: shim continues when it cannot make a mirror. */
static void forget_if_missing(struct reader *mirror)
{
	if (mirror->left == 0)
		mirror->at = NULL;
}

int secureboot_events(const struct sb_boot *boot, struct error *err, struct event_list *ret,
		      bool *ret_carried)
{
	struct work w = { .boot = boot, .vars = *boot->vars, .err = err };
	int r = 0;

	forget_if_missing(&w.vars.sbat_level_rt);
	forget_if_missing(&w.vars.mok_list_rt);
	forget_if_missing(&w.vars.mok_list_x_rt);
	if (boot->log)
		r = secureboot_vars_from_log(boot->log, err, &w.vars);
	if (r == 0)
		r = add_firmware_policy(&w);
	if (r == 0)
		r = add_images(&w);
	if (r < 0) {
		event_list_free(&w.events);
		return r;
	}
	*ret = w.events;
	if (ret_carried)
		*ret_carried = w.carried;
	return 0;
}
