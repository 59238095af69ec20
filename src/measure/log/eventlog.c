#include "measure/log/eventlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/tcg.h"

#define SPEC_ID_AGILE "Spec ID Event03" /* with its NUL, 16 bytes */
#define LOCALITY_SIGNATURE "StartupLocality"
#define FULL_FROM (60u << 10) /* bytes; the area that EDK2 keeps for the log has 64 KiB */
#define FULL "the firmware's log area is full, so events are missing: remove unused boot entries " \
	     "(efibootmgr) and devices, or update the firmware, and restart"

struct parser {
	struct reader whole, rest;
	struct error *err;
	struct eventlog log;
	size_t cap;
	bool locality_known;
};

/* A log that ends inside an event: what was measured later is missing. */
static int cut_off(struct parser *p, const char *what)
{
	if (p->log.n_records == 0)
		return error_set(p->err, -EBADMSG,
				 "event log: these %zu bytes are no log of the firmware's: the first record "
				 "%s",
				 p->whole.left, what);
	return error_set(p->err, -EBADMSG,
			 "event log: record %zu, byte %zu: %s: the log was cut off after %zu bytes; " FULL,
			 p->log.n_records, p->whole.left - p->rest.left, what, p->whole.left);
}

static int bad(struct parser *p, const char *what)
{
	return error_set(p->err, -EBADMSG, "event log: record %zu, byte %zu: %s", p->log.n_records,
			 p->whole.left - p->rest.left, what);
}

static bool starts_with(const struct reader *data, const char *text, size_t n)
{
	return data->left >= n && memcmp(data->at, text, n) == 0;
}

static bool is_filling(const uint8_t *at, size_t n, uint8_t byte)
{
	while (n > 0 && *at == byte) {
		at++;
		n--;
	}
	return n == 0;
}

static int keep_record(struct parser *p, const struct eventlog_record *record)
{
	size_t cap = p->cap ? p->cap * 2 : 128;
	struct eventlog_record *grown;
	size_t *indices;

	if (p->log.n_records >= EVENT_LIST_MAX)
		return error_set(p->err, -E2BIG, "event log: more than %d records", EVENT_LIST_MAX);
	if (p->log.n_records == p->cap) {
		grown = reallocarray(p->log.record, cap, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		p->log.record = grown;
		indices = reallocarray(p->log.extended, cap, sizeof(*indices));
		if (!indices)
			return -ENOMEM;
		p->log.extended = indices;
		p->cap = cap;
	}
	if (record->type != EV_NO_ACTION)
		p->log.extended[p->log.n_extended++] = p->log.n_records;
	p->log.record[p->log.n_records++] = *record;
	return 0;
}

/* TCG_EfiStartupLocalityEvent, section 10.4.5.3: PCR 0 starts at the locality instead of zero. */
static int note_locality(struct parser *p, const struct eventlog_record *record)
{
	const size_t n = sizeof(LOCALITY_SIGNATURE);
	uint8_t locality;

	if (record->type != EV_NO_ACTION || record->pcr != 0 ||
	    !starts_with(&record->data, LOCALITY_SIGNATURE, n))
		return 0;
	/* coreboot pads it */
	if (record->data.left < n + 1 || !is_filling(record->data.at + n + 1, record->data.left - n - 1, 0))
		return bad(p, "startup locality of the wrong size");
	locality = record->data.at[n];
	if (locality != 0 && locality != 3 && locality != 4)
		return bad(p, "invalid startup locality");
	if (p->locality_known && locality != p->log.locality)
		return bad(p, "a second startup locality");
	p->log.locality = locality;
	p->locality_known = true;
	return 0;
}

static int take_data(struct parser *p, struct eventlog_record *record)
{
	uint32_t size;
	int r;

	if (!reader_le32(&p->rest, &size) ||
	    (size <= EVENTLOG_MAX_LEN && !reader_take(&p->rest, size, &record->data)))
		return cut_off(p, "the event's data ends past the log");
	if (size > EVENTLOG_MAX_LEN)
		return bad(p, "the event's data ends past the log");
	if (record->type != EV_NO_ACTION && record->pcr >= PCR_COUNT)
		return bad(p, "no such PCR");
	r = note_locality(p, record);
	if (r < 0)
		return r;
	return keep_record(p, record);
}

/* TCG_PCR_EVENT: the first record of every log, and all of a SHA-1-only one. */
static int take_old_record(struct parser *p)
{
	struct eventlog_record record = { .pcr = 0 };
	struct reader digest;

	if (!reader_le32(&p->rest, &record.pcr) || !reader_le32(&p->rest, &record.type) ||
	    !reader_take(&p->rest, hash_len(HASH_SHA1), &digest))
		return cut_off(p, "incomplete");
	if (!p->log.agile)
		record.digest[0] = digest.at;
	return take_data(p, &record);
}

static int find_bank(const struct eventlog *l, uint16_t alg)
{
	for (size_t i = 0; i < l->n_banks; i++)
		if (l->bank[i].alg == alg)
			return i;
	return -ENOENT;
}

/* TCG_PCR_EVENT2 */
static int take_record(struct parser *p)
{
	struct eventlog_record record = { .pcr = 0 };
	struct reader digest;
	uint32_t count;
	uint16_t alg;
	int bank;

	if (!reader_le32(&p->rest, &record.pcr) || !reader_le32(&p->rest, &record.type) ||
	    !reader_le32(&p->rest, &count))
		return cut_off(p, "incomplete");
	if (count > p->log.n_banks)
		return bad(p, "more digests than the log has banks");
	while (count-- > 0) {
		if (!reader_le16(&p->rest, &alg))
			return cut_off(p, "incomplete digests");
		bank = find_bank(&p->log, alg);
		if (bank < 0)
			return bad(p, "a digest of a bank that the log did not announce");
		if (record.digest[bank])
			return bad(p, "two digests for one bank");
		if (!reader_take(&p->rest, p->log.bank[bank].hash_len, &digest))
			return cut_off(p, "incomplete digests");
		record.digest[bank] = digest.at;
	}
	return take_data(p, &record);
}

/* TCG_EfiSpecIDEvent, section 10.4.5.1, after its signature. */
static int take_spec_id(struct parser *p, struct reader spec)
{
	struct eventlog_bank bank;
	uint32_t count;

	if (!reader_skip(&spec, sizeof(SPEC_ID_AGILE) + 8) || !reader_le32(&spec, &count))
		return bad(p, "the specification event is cut off");
	if (count == 0 || count > EVENTLOG_BANKS_MAX)
		return bad(p, "the specification event names no or too many banks");
	while (count-- > 0) {
		if (!reader_le16(&spec, &bank.alg) || !reader_le16(&spec, &bank.hash_len))
			return bad(p, "the specification event is cut off");
		if (bank.hash_len == 0 || bank.hash_len > HASH_MAX_LEN ||
		    (hash_len(bank.alg) != 0 && hash_len(bank.alg) != bank.hash_len))
			return bad(p, "the specification event gives a bank the wrong digest size");
		if (find_bank(&p->log, bank.alg) >= 0)
			return bad(p, "the specification event names a bank twice");
		p->log.bank[p->log.n_banks++] = bank;
	}
	return 0;
}

/* The first record tells the format and the banks. */
static int take_first(struct parser *p)
{
	struct parser ahead = *p;
	struct reader skipped, spec;
	uint32_t type, size;
	int r;

	if (reader_skip(&ahead.rest, 4) && reader_le32(&ahead.rest, &type) &&
	    reader_take(&ahead.rest, hash_len(HASH_SHA1), &skipped) && reader_le32(&ahead.rest, &size) &&
	    reader_take(&ahead.rest, size, &spec) && type == EV_NO_ACTION &&
	    starts_with(&spec, SPEC_ID_AGILE, sizeof(SPEC_ID_AGILE))) {
		p->log.agile = true;
		r = take_spec_id(p, spec);
		if (r < 0)
			return r;
	} else {
		p->log.bank[p->log.n_banks++] = (struct eventlog_bank){ HASH_SHA1, hash_len(HASH_SHA1) };
	}
	return take_old_record(p);
}

/* Firmware may hand over its whole log area, with zeros or ones behind the last event. */
static size_t filling_len(const struct reader *log)
{
	uint8_t last = log->left > 0 ? log->at[log->left - 1] : 1;
	size_t n = 0;

	while ((last == 0 || last == 0xff) && n < log->left && log->at[log->left - 1 - n] == last)
		n++;
	return n;
}

int eventlog_parse(const struct reader *log, struct error *err, struct eventlog *ret)
{
	struct parser p = { .whole = *log, .rest = *log, .err = err };
	size_t filling;
	int r;

	if (log->left > EVENTLOG_MAX_LEN)
		return error_set(err, -EFBIG, "event log: longer than %u bytes", EVENTLOG_MAX_LEN);
	filling = filling_len(log);
	if (log->left == filling)
		return error_set(err, -EBADMSG,
				 "event log: empty: the firmware measured nothing into this TPM, or keeps no "
				 "log of it: enable the TPM and measured boot in the firmware's setup, or "
				 "update the firmware");
	r = take_first(&p);
	/* the end of an event may look like filling: only what begins in it is none */
	while (r == 0 && p.rest.left > filling)
		r = p.log.agile ? take_record(&p) : take_old_record(&p);
	if (r < 0) {
		eventlog_free(&p.log);
		return r == -ENOMEM ? error_set(err, r, "event log: out of memory") : r;
	}
	p.log.len = p.whole.left - p.rest.left;
	*ret = p.log;
	return 0;
}

const char *eventlog_full(const struct eventlog *l)
{
	return l->len >= FULL_FROM ? "; " FULL : "";
}

void eventlog_free(struct eventlog *l)
{
	free(l->record);
	free(l->extended);
	*l = EVENTLOG_NONE;
}

int eventlog_bank_find(const struct eventlog *l, enum hash_alg alg)
{
	return find_bank(l, alg);
}

int eventlog_replay(const struct eventlog *l, size_t bank, uint8_t ret_pcrs[static PCR_COUNT][HASH_MAX_LEN])
{
	const size_t n = l->bank[bank].hash_len;
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN], both[2 * HASH_MAX_LEN];
	const struct eventlog_record *record;
	int r;

	memset(pcrs, 0, sizeof(pcrs));
	/* PC Client Platform TPM Profile, initial PCR values: those of dynamic launch start at all ones */
	for (size_t i = 17; i <= 22; i++)
		memset(pcrs[i], 0xff, n);
	pcrs[0][n - 1] = l->locality;
	for (size_t i = 0; i < l->n_extended; i++) {
		record = &l->record[l->extended[i]];
		if (!record->digest[bank])
			return -ENODATA;
		memcpy(both, pcrs[record->pcr], n);
		memcpy(both + n, record->digest[bank], n);
		r = hash_once(l->bank[bank].alg, both, 2 * n, pcrs[record->pcr]);
		if (r < 0)
			return r;
	}
	memcpy(ret_pcrs, pcrs, sizeof(pcrs));
	return 0;
}

static int sha256_bank(const struct eventlog *l, struct error *err)
{
	int bank = find_bank(l, HASH_SHA256);

	if (bank < 0)
		return error_set(err, -ENOENT, l->agile ? "event log: no SHA-256 bank" :
				 "event log: no SHA-256 bank, only SHA-1 in the old format");
	return bank;
}

int eventlog_events(const struct eventlog *l, struct error *err, struct event_list *ret)
{
	struct event_list events = EVENT_LIST_NONE;
	const struct eventlog_record *record;
	struct buffer what = BUFFER_NONE;
	int bank, r = 0;

	bank = sha256_bank(l, err);
	if (bank < 0)
		return bank;
	for (size_t i = 0; i < l->n_extended && r == 0; i++) {
		record = &l->record[l->extended[i]];
		if (!record->digest[bank]) {
			r = error_set(err, -EBADMSG, "event log: record %zu has no SHA-256 digest",
				      l->extended[i]);
			break;
		}
		what.len = 0;
		eventlog_describe(record, &what);
		r = buffer_ok(&what) ? 0 : -ENOMEM;
		if (r == 0)
			r = event_list_add(&events, record->pcr, record->type, record->digest[bank],
					   what.len > 0 ? buffer_str(&what) : "");
		if (r < 0)
			error_set(err, r, "event log: out of memory");
	}
	buffer_free(&what);
	if (r < 0) {
		event_list_free(&events);
		return r;
	}
	*ret = events;
	return 0;
}

int eventlog_add_start(const struct eventlog *l, struct event_list *events)
{
	uint8_t start[SHA256_LEN] = { 0 };
	char what[32];

	if (l->locality == 0)
		return 0;
	start[SHA256_LEN - 1] = l->locality;
	snprintf(what, sizeof(what), "startup locality %u", l->locality);
	return event_list_add(events, 0, EV_NO_ACTION, start, what);
}

int eventlog_check(const struct eventlog *l, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		   struct error *err, unsigned *ret_bad_pcr)
{
	uint8_t replayed[PCR_COUNT][HASH_MAX_LEN];
	int bank, r;

	bank = sha256_bank(l, err);
	if (bank < 0)
		return bank;
	r = eventlog_replay(l, bank, replayed);
	if (r < 0)
		return error_set(err, r, "event log: the SHA-256 bank cannot be replayed: %s", strerror(-r));
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(mask & 1u << i) || memcmp(replayed[i], pcrs[i], SHA256_LEN) == 0)
			continue;
		if (ret_bad_pcr)
			*ret_bad_pcr = i;
		return error_set(err, -EBADMSG,
				 "event log: PCR %u of the TPM differs from the replayed log%s", i,
				 eventlog_full(l));
	}
	return 0;
}
