/* The result of attest for people, and for programs. */
#ifndef CLI_REPORT_ATTEST_H
#define CLI_REPORT_ATTEST_H

#include <stdbool.h>

#include "attest/attest.h"
#include "seal/json_write.h"

/* What failed comes first. elsewhere: it is of a report from a file. */
void report_attest(const struct attest_result *r, bool elsewhere);
/* What attest --json prints (doc/fleet/attest.schema.json); released with json_free(). */
struct json_object *report_attest_object(const struct attest_result *r);
void report_attest_json(const struct attest_result *r);
/* Of the first check with that verdict: "signature: the CPU of..."; NULL: there is none. Valid as r is. */
const struct attest_check *report_attest_first(const struct attest_result *r, enum attest_verdict verdict);

#endif
