/*
 * The firmware's event log: the TCG's crypto-agile format, and the older SHA-1-only one.
 *
 * TCG PC Client Platform Firmware Profile 1.06, section 10 (TCG_PCR_EVENT2, TCG_EfiSpecIDEvent,
 * StartupLocality); on Linux /sys/kernel/security/tpm0/binary_bios_measurements. struct eventlog owns its
 * arrays; everything else in it points into the parsed bytes, which must live as long.
 */
#ifndef MEASURE_LOG_EVENTLOG_H
#define MEASURE_LOG_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "hash/hash.h"
#include "measure/log/event.h"

#define EVENTLOG_MAX_LEN (16u << 20) /* bytes */
#define EVENTLOG_BANKS_MAX 8

struct eventlog_bank {
	uint16_t alg;      /* enum hash_alg, or an unknown one */
	uint16_t hash_len; /* bytes */
};

struct eventlog_record {
	uint32_t pcr; /* 0..23 when it was extended; any value in an EV_NO_ACTION */
	uint32_t type;
	const uint8_t *digest[EVENTLOG_BANKS_MAX]; /* in the order of the banks; NULL: not in the record */
	struct reader data;                        /* the event's own bytes */
};

struct eventlog {
	struct eventlog_bank bank[EVENTLOG_BANKS_MAX];
	size_t n_banks;
	struct eventlog_record *record; /* all records, EV_NO_ACTION included; owned */
	size_t n_records;
	size_t *extended; /* indices into record: those that were extended into a PCR; owned */
	size_t n_extended;
	uint8_t locality; /* of TPM2_Startup, 0, 3 or 4: the initial value of PCR 0 */
	bool agile;       /* false: the SHA-1-only format */
	size_t len;       /* bytes, without filling behind the last record */
};

#define EVENTLOG_NONE ((struct eventlog){ .record = NULL })

/*
 * -EBADMSG for a malformed log (the text says where), -EFBIG, -E2BIG past EVENT_LIST_MAX records, -ENOMEM.
 * Zeros or bytes of 0xff behind the last record are the end of the log.
 */
int eventlog_parse(const struct reader *log, struct error *err, struct eventlog *ret);
/* Safe on an empty log and to call twice. */
void eventlog_free(struct eventlog *l);

/*
 * "; ..." for a message about events that are not in the log, when it is so long that the firmware may have
 * had no room for them; "" otherwise.
 */
const char *eventlog_full(const struct eventlog *l);

/* The index of a bank; -ENOENT when the log has none of this algorithm. */
int eventlog_bank_find(const struct eventlog *l, enum hash_alg alg);

/* All PCRs of a bank after the log; -EOPNOTSUPP for an algorithm that we cannot compute. */
int eventlog_replay(const struct eventlog *l, size_t bank, uint8_t ret_pcrs[static PCR_COUNT][HASH_MAX_LEN]);

/*
 * The SHA-256 bank as a list: exactly the extended records, in order, so that ret->e[i] is
 * l->record[l->extended[i]]. -ENOENT when the log has no SHA-256 bank.
 */
int eventlog_events(const struct eventlog *l, struct error *err, struct event_list *ret);

/*
 * Behind them, where the log tells of a startup locality: the value that PCR 0 starts from, as an
 * EV_NO_ACTION (event.h).
 */
int eventlog_add_start(const struct eventlog *l, struct event_list *events);

/* The data of event i of that list. */
static inline struct reader eventlog_data(const struct eventlog *l, size_t i)
{
	return l->record[l->extended[i]].data;
}

/*
 * Does the SHA-256 bank replay to the TPM's values, for every PCR of the mask (bit n = PCR n)? -EBADMSG
 * naming the first PCR that differs, which is also stored in ret_bad_pcr (set only in that case; may be
 * NULL).
 */
int eventlog_check(const struct eventlog *l, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		   struct error *err, unsigned *ret_bad_pcr);

#endif
