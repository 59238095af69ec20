/*
 * What `bootseal check` found, for programs: JSON (doc/fleet/check.schema.json), and metrics in the text form
 * that node_exporter's textfile collector reads (doc/fleet.md). Both are interfaces: names stay.
 */
#ifndef CLI_CHECK_ANSWER_H
#define CLI_CHECK_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "machine/outlook.h"
#include "machine/system/machine.h"
#include "seal/json_write.h"

/* Guards keep it here while they hold a restart back: hooks/reboot-guard */
#define HELD_REBOOT_PATH MACHINE_RUN_DIR "/reboot-required"

struct check_answer {
	int code;                      /* enum exit_code, which check ends with */
	int64_t at;                    /* seconds since 1970 */
	bool elsewhere;                /* --root: how this boot was unlocked is of no interest */
	bool asks;                     /* a different TPM or header: no outlook, but the next boot asks */
	const char *reason;            /* why there is no outlook, one line; may be empty */
	const struct outlook *outlook; /* NULL: there is none */
};

/* of outlook_make(): its result r, and err where it failed. a->at and a->elsewhere are set before. */
void check_answer_judge(struct check_answer *a, int r, const struct outlook *o, const struct error *err);

/* What check --json prints, and status --json adds to. */
struct json_object *check_answer_object(const struct machine *m, const struct check_answer *a);
/* -ENOMEM. */
int check_answer_metrics(const struct machine *m, const struct check_answer *a, struct buffer *ret);

#endif
