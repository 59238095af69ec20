#include <stdlib.h>

#include "measure/log/eventlog.h"
#include "../unit/secureboot_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reader bytes = reader_new(data, size);
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN], tpm[PCR_COUNT][SHA256_LEN] = { 0 };
	struct event_list events = EVENT_LIST_NONE, predicted = EVENT_LIST_NONE;
	struct sb_vars vars = { .pk = { NULL, 0 } };
	struct eventlog log = EVENTLOG_NONE;
	struct error err = ERROR_NONE;
	struct sb_boot boot = { .vars = &vars, .log = &log };

	if (eventlog_parse(&bytes, &err, &log) < 0)
		return 0;
	for (size_t i = 0; i < log.n_banks; i++)
		(void)eventlog_replay(&log, i, pcrs);
	if (eventlog_events(&log, &err, &events) == 0) {
		if (events.n != log.n_extended)
			abort();
		(void)eventlog_add_start(&log, &events);
		for (size_t i = 0; i < events.n; i++)
			for (const char *c = events.e[i].what; *c; c++)
				if (*c < 0x20 || *c == 0x7f)
					abort();
		if (secureboot_events(&boot, &err, &predicted, NULL) == 0)
			event_list_free(&predicted);
	}
	(void)eventlog_check(&log, 0xffffff, tpm, &err, NULL);
	event_list_free(&events);
	eventlog_free(&log);
	return 0;
}
