/*
 * status --json: what check --json says, and beside it what is enrolled and how this boot went
 * (doc/fleet/status.schema.json). An interface: names stay.
 */
#ifndef CLI_STATUS_JSON_H
#define CLI_STATUS_JSON_H

#include "cli/check_answer.h"
#include "machine/record/state.h"

/* s: NULL where nothing is enrolled. */
struct json_object *status_object(const struct machine *m, const struct check_answer *a,
				  const struct state *s);
/* On stdout. -ENOMEM. */
int status_json(const struct machine *m, const struct check_answer *a, const struct state *s);

#endif
