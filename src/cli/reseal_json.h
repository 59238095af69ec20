/* reseal --json (doc/fleet/reseal.schema.json). An interface: names stay. */
#ifndef CLI_RESEAL_JSON_H
#define CLI_RESEAL_JSON_H

#include "machine/reseal.h"

/* How it went. */
struct reseal_outcome {
	const struct reseal_report *report;
	bool dry_run;
	int r;           /* of reseal_run() */
	const char *why; /* it failed; "" */
	int code;
};

/* On stdout. -ENOMEM with a message. */
int reseal_json(const struct reseal_outcome *o);

#endif
