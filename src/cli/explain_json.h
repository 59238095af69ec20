/* explain --json: why the TPM did not unlock this boot (doc/fleet/explain.schema.json). Names stay. */
#ifndef CLI_EXPLAIN_JSON_H
#define CLI_EXPLAIN_JSON_H

#include "machine/record/boot_report.h"
#include "machine/record/state.h"
#include "seal/json_write.h"

/*
 * report: NULL, why says why there is none. s: NULL where nothing is enrolled. ret_code: what explain ends
 * with.
 */
struct json_object *explain_object(const struct machine *m, const struct state *s,
				   const struct boot_report *report, const char *why, int *ret_code);
/* The same on stdout; the exit code. */
int explain_json(const struct machine *m, const struct state *s, const struct boot_report *report,
		 const char *why);

#endif
