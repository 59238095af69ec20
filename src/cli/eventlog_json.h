/* eventlog --json (doc/fleet/eventlog.schema.json). An interface: names stay. */
#ifndef CLI_EVENTLOG_JSON_H
#define CLI_EVENTLOG_JSON_H

#include "measure/log/eventlog.h"
#include "measure/log/pcr_values.h"

/* What was asked about a log, and what --pcrs said. */
struct eventlog_answer {
	const struct eventlog *log;
	pcr_mask shown;                /* PCR_ALL: also events that are of no PCR */
	const struct pcr_values *pcrs; /* compared with; NULL: with none */
	pcr_mask compared, differ;
	int code;
};

/* On stdout. -ENOMEM with a message. */
int eventlog_json(const struct eventlog_answer *a);

#endif
