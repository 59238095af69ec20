#include "measure/efi/secureboot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/efi/pe.h"
#include "measure/efi/secureboot_authority.h"
#include "measure/efi/secureboot_log.h"
#include "measure/efi/shim.h"
#include "measure/efi/uefi.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/tcg.h"

enum verifier { BY_FIRMWARE, BY_SHIM };

/* The lists that shim will build. */
struct mok {
	struct buffer list, list_x;
	struct reader sbat_level;
};

/* One prediction. */
struct secureboot {
	const struct sb_boot *boot; /* until its images are started */
	struct sb_vars vars; /* completed from the log */
	struct error *err;
	struct event_list events;
	/* each verifier measures an authority once, independently of the other */
	uint8_t measured[2][SB_AUTHORITIES_MAX][SHA256_LEN];
	size_t n_measured[2];
	bool carried;
	bool secure; /* the images that are started from here on are verified, */
	enum verifier verifier; /* by whom: shim, with these: */
	struct shim shim;
	struct mok mok;
};

static int variable_digest(struct secureboot *w, const uint8_t *guid, const char *name,
			   const struct reader *data, uint8_t ret[static SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	int r;

	uefi_add_variable(&b, guid, name, data);
	r = buffer_ok(&b) ? hash_sha256(b.data, b.len, ret) : -ENOMEM;
	buffer_free(&b);
	return r < 0 ? error_set(w->err, r, "Secure Boot: %s: %s", name, strerror(-r)) : 0;
}

static int add_digest(struct secureboot *w, uint32_t pcr, uint32_t type,
		      const uint8_t digest[static SHA256_LEN], const char *what)
{
	int r = event_list_add(&w->events, pcr, type, digest, what);

	return r < 0 ? error_set(w->err, r, "Secure Boot: %s: %s", what, strerror(-r)) : 0;
}

static int add_variable(struct secureboot *w, uint32_t type, const uint8_t *guid, const char *name,
			const struct reader *data)
{
	uint8_t digest[SHA256_LEN];
	int r;

	r = variable_digest(w, guid, name, data, digest);
	return r < 0 ? r : add_digest(w, SB_PCR, type, digest, name);
}

static int add_hashed(struct secureboot *w, uint32_t pcr, uint32_t type, const struct reader *data,
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
static int add_authority(struct secureboot *w, enum verifier by, const uint8_t digest[static SHA256_LEN],
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

static int add_authorities(struct secureboot *w, enum verifier by, const struct sb_authorities *list)
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
static int carry_record(struct secureboot *w, const struct eventlog_record *record, size_t bank)
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

static int add_firmware_record(struct secureboot *w, const struct eventlog_record *record, size_t bank)
{
	const struct sb_firmware_variable *known = sb_log_variable(record);

	if (known)
		return add_variable(w, record->type, known->guid, known->name, sb_member(&w->vars, known));
	return carry_record(w, record, bank);
}

static int add_driver_authorities(struct secureboot *w)
{
	const struct eventlog *log = w->boot->log;
	int bank = eventlog_bank_find(log, HASH_SHA256), r = 0;

	for (size_t i = 0; (i = sb_log_next_driver(log, i)) < log->n_extended && r == 0; i++)
		r = carry_record(w, &log->record[log->extended[i]], bank);
	return r;
}

/*
 * PCR 7 up to its separator, included. The firmware chooses which events these are, so the log is followed.
 */
static int add_firmware_policy(struct secureboot *w)
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
static int add_mok(struct secureboot *w, const char *name, const struct reader *value)
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

static int parse_shim(const struct reader *file, struct error *err, struct shim *ret)
{
	struct pe pe;
	int r;

	r = pe_parse(file, err, &pe);
	return r < 0 ? r : shim_parse(&pe, err, ret);
}

static int build_mok(struct secureboot *w)
{
	const struct shim_sbat sbat = { w->vars.sbat_level_rt, w->vars.sbat_policy, w->secure };
	const struct sb_boot *b = w->boot;
	struct shim running = w->shim;
	struct mok *m = &w->mok;
	int r = 0;

	if (b->running_shim)
		r = parse_shim(b->running_shim, w->err, &running);
	else if (b->log && !sb_log_has_image(b->log, b->image[0].digest))
		r = error_set(w->err, -EOPNOTSUPP,
			      "%s: not the shim that booted, and that shim is not available",
			      b->image[0].name);
	if (r == 0)
		r = shim_mok_list(&w->shim, &running, &w->vars.mok_list_rt, w->err, &m->list);
	if (r == 0)
		r = shim_mok_list_x(&w->shim, &running, &w->vars.mok_list_x_rt, w->err, &m->list_x);
	if (r == 0)
		r = shim_sbat_level(&w->shim, &sbat, w->err, &m->sbat_level);
	return r;
}

/* In the order of mok_state_variable_data (shim's mok.c); each is measured into PCR 7, PCR 14 or both. */
static int add_shim_variables(struct secureboot *w)
{
	const struct reader list = reader_new(w->mok.list.data, w->mok.list.len);
	const struct reader list_x = reader_new(w->mok.list_x.data, w->mok.list_x.len);
	int r;

	r = add_mok(w, "MokList", &list);
	if (r == 0)
		r = add_mok(w, "MokListX", &list_x);
	if (r == 0 && w->vars.mok_sb_state_rt.left > 0)
		r = add_variable(w, EV_EFI_VARIABLE_AUTHORITY, uefi_guid_shim_lock, "MokSBState",
				 &w->vars.mok_sb_state_rt);
	if (r == 0)
		r = add_mok(w, "MokSBState", &w->vars.mok_sb_state_rt);
	if (r == 0 && w->mok.sbat_level.left > 0)
		r = add_variable(w, EV_EFI_VARIABLE_AUTHORITY, uefi_guid_shim_lock, "SbatLevel",
				 &w->mok.sbat_level);
	if (r == 0)
		r = add_mok(w, "MokListTrusted", &w->vars.mok_list_trusted_rt);
	if (r == 0)
		r = add_mok(w, "MokPolicy", &w->vars.mok_policy_rt);
	return r;
}

/* The firmware has started shim: what it measures before it is asked for the next image. */
static int begin_shim(struct secureboot *w, const struct pe *image)
{
	int r;

	w->verifier = BY_SHIM;
	w->secure = w->secure && !is_one(&w->vars.mok_sb_state_rt);
	r = shim_parse(image, w->err, &w->shim);
	if (r == 0)
		r = build_mok(w);
	return r < 0 ? r : add_shim_variables(w);
}

/* What lets this image run. */
static int add_image(struct secureboot *w, const struct sb_image *image)
{
	const struct sb_shim_lists lists = {
		.vars = &w->vars,
		.shim = &w->shim,
		.mok_list = reader_new(w->mok.list.data, w->mok.list.len),
		.mok_list_x = reader_new(w->mok.list_x.data, w->mok.list_x.len),
	};
	struct sb_authorities found = { .n = 0 };
	int r;

	if (!w->secure)
		return 0;
	r = w->verifier == BY_SHIM ? sb_shim_verify(image, &lists, w->err, &found)
				   : sb_firmware_verify(image, &w->vars, w->err, &found);
	return r < 0 ? r : add_authorities(w, w->verifier, &found);
}

static int add_images(struct secureboot *w)
{
	const struct sb_boot *b = w->boot;
	bool starts_shim = false;
	struct pe first;
	int r = 0;

	w->secure = is_one(&w->vars.secure_boot);
	if (b->n_images > 0) {
		r = pe_parse(&b->image[0].file, w->err, &first);
		if (r < 0)
			return error_prefix(w->err, r, "%s", b->image[0].name);
		starts_shim = shim_is(&first);
	}
	for (size_t i = 0; i < b->n_images && r == 0; i++) {
		r = add_image(w, &b->image[i]);
		if (r == 0 && i == 0 && starts_shim)
			r = begin_shim(w, &first);
	}
	return r;
}

/* A missing mirror tells nothing about its variable: shim continues when it cannot make a mirror. */
static void forget_if_missing(struct reader *mirror)
{
	if (mirror->left == 0)
		mirror->at = NULL;
}

int secureboot_new(const struct sb_boot *boot, struct error *err, struct secureboot **ret)
{
	struct secureboot *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return error_set(err, -ENOMEM, "Secure Boot: out of memory");
	w->boot = boot;
	w->vars = *boot->vars;
	w->err = err;
	forget_if_missing(&w->vars.sbat_level_rt);
	forget_if_missing(&w->vars.mok_list_rt);
	forget_if_missing(&w->vars.mok_list_x_rt);
	if (boot->log)
		r = secureboot_vars_from_log(boot->log, err, &w->vars);
	if (r == 0)
		r = add_firmware_policy(w);
	if (r == 0)
		r = add_images(w);
	if (r < 0) {
		secureboot_free(w);
		return r;
	}
	w->boot = NULL;
	w->err = NULL;
	*ret = w;
	return 0;
}

void secureboot_free(struct secureboot *s)
{
	if (!s)
		return;
	event_list_free(&s->events);
	buffer_free(&s->mok.list);
	buffer_free(&s->mok.list_x);
	free(s);
}

bool secureboot_carried(const struct secureboot *s)
{
	return s->carried;
}

const struct event_list *secureboot_measured(const struct secureboot *s)
{
	return &s->events;
}

int secureboot_further(const struct secureboot *s, const struct sb_image *image, struct error *err,
		       struct event_list *ret)
{
	struct secureboot next = *s;
	int r;

	next.err = err;
	next.events = EVENT_LIST_NONE;
	r = add_image(&next, image);
	if (r < 0)
		event_list_free(&next.events);
	else
		*ret = next.events;
	return r;
}
