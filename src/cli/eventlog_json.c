#include "cli/eventlog_json.h"

#include <stdio.h>

#include "base/text.h"
#include "cli/answer.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/pcr_names.h"
#include "measure/log/tcg.h"

/* "0x000b" for an algorithm that we cannot compute */
static void put_algorithm(struct json_object *o, uint16_t alg)
{
	char number[8];

	snprintf(number, sizeof(number), "0x%04x", alg);
	json_put_text(o, "algorithm", hash_name(alg) ? hash_name(alg) : number);
}

static void put_hex(struct json_object *o, const char *name, const uint8_t *bytes, size_t n)
{
	char hex[2 * HASH_MAX_LEN + 1];

	text_hex(bytes, n, hex);
	json_put_text(o, name, hex);
}

/* What an EV_NO_ACTION carries was not extended and means nothing. */
static struct json_object *digests(const struct eventlog *l, const struct eventlog_record *record)
{
	struct json_object *list = json_new_list(), *o;

	for (size_t i = 0; i < l->n_banks && record->type != EV_NO_ACTION; i++) {
		if (!record->digest[i])
			continue;
		o = json_new_object();
		put_algorithm(o, l->bank[i].alg);
		put_hex(o, "digest", record->digest[i], l->bank[i].hash_len);
		json_list_add(list, o);
	}
	return list;
}

static void put_events(struct json_object *top, const struct eventlog_answer *a)
{
	struct json_object *list = json_new_list(), *o;
	struct buffer what = BUFFER_NONE;
	const char *name;

	for (size_t i = 0; i < a->log->n_records; i++) {
		const struct eventlog_record *record = &a->log->record[i];

		if (record->pcr < PCR_COUNT ? !(a->shown >> record->pcr & 1) : a->shown != PCR_ALL)
			continue;
		o = json_new_object();
		json_put_number(o, "event", (int64_t)i + 1);
		if (record->pcr < PCR_COUNT)
			json_put_number(o, "pcr", record->pcr);
		json_put_number(o, "type_number", record->type);
		name = pcr_event_name(record->type);
		json_put_text(o, "type", name ? name : "");
		json_put_member(o, "digests", digests(a->log, record));
		what.len = 0;
		eventlog_describe(record, &what);
		answer_put_words(o, "what", what.len > 0 ? buffer_str(&what) : "");
		json_list_add(list, o);
	}
	buffer_free(&what);
	json_put_member(top, "events", list);
}

static struct json_object *bank(const struct eventlog *l, size_t i, pcr_mask mask)
{
	struct json_object *o = json_new_object(), *values = json_new_object();
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN];
	const bool computed = eventlog_replay(l, i, pcrs) == 0;
	char name[4];

	put_algorithm(o, l->bank[i].alg);
	json_put_bool(o, "computed", computed);
	for (unsigned pcr = 0; pcr < PCR_COUNT && computed; pcr++)
		if (mask >> pcr & 1) {
			snprintf(name, sizeof(name), "%u", pcr);
			put_hex(values, name, pcrs[pcr], l->bank[i].hash_len);
		}
	json_put_member(o, "pcrs", values);
	return o;
}

static void put_compared(struct json_object *top, const struct eventlog_answer *a)
{
	struct json_object *list = json_new_list(), *o;

	for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(a->compared >> pcr & 1))
			continue;
		o = json_new_object();
		json_put_number(o, "pcr", pcr);
		json_put_bool(o, "same", !(a->differ >> pcr & 1));
		put_hex(o, "value", a->pcrs->value[pcr], SHA256_LEN);
		json_list_add(list, o);
	}
	json_put_member(top, "compared", list);
}

int eventlog_json(const struct eventlog_answer *a)
{
	struct json_object *top = answer_new(a->code), *banks = json_new_list();
	pcr_mask extended = 0;

	for (size_t i = 0; i < a->log->n_extended; i++)
		extended |= PCR(a->log->record[a->log->extended[i]].pcr);
	json_put_text(top, "format", a->log->agile ? "crypto-agile" : "sha1");
	put_events(top, a);
	for (size_t i = 0; i < a->log->n_banks; i++)
		json_list_add(banks, bank(a->log, i, a->shown & extended));
	json_put_member(top, "banks", banks);
	if (a->pcrs)
		put_compared(top, a);
	return answer_print(top);
}
