/*
 * What was sealed, as events: kept on the encrypted root beside the policy, so that a boot that is none of
 * the sealed ones can be told apart from the nearest of them, event by event.
 *
 * Text, strict. Boot paths share most events, so each event stands there once, and a path lists their numbers
 * (from 0) in the order of measurement: bootseal-predicted 1 generation 7 event <pcr> <type, 8 hex digits>
 * <sha256> <text, to the end of the line> path <label, to the end of the line> uses 0-57,60,62-99
 */
#ifndef MEASURE_BOOT_PREDICTION_RECORD_H
#define MEASURE_BOOT_PREDICTION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "measure/log/compare.h"
#include "measure/log/event.h"

#define PREDICTION_RECORD_MAX_LEN (4u << 20) /* bytes of the text */
#define PREDICTION_RECORD_PATHS_MAX 32
#define PREDICTION_RECORD_EVENTS_MAX 8192 /* different ones */
/* bytes of an event's text that are kept: menuentry carries its whole body */
#define PREDICTION_RECORD_TEXT_MAX 8192

struct recorded_path {
	char *label;
	struct event_list events;
};

struct prediction_record {
	uint32_t generation;
	struct recorded_path path[PREDICTION_RECORD_PATHS_MAX];
	size_t n;
};

#define PREDICTION_RECORD_NONE ((struct prediction_record){ .n = 0 })

/* -E2BIG past one of the limits; -ENOMEM. */
int prediction_record_format(const struct prediction_record *p, struct buffer *ret);
/* -EBADMSG naming the line. */
int prediction_record_parse(const void *text, size_t n, const char *name, struct error *err,
			    struct prediction_record *ret);
void prediction_record_free(struct prediction_record *p); /* fine twice */

/*
 * The path that agrees with the log in most events, and how. mask: the PCRs that count. -ENODATA when there
 * is no path to compare with.
 */
int prediction_record_nearest(const struct prediction_record *p, const struct event_list *logged,
			      pcr_mask mask, size_t *ret_path, struct comparison *ret);

/* The first difference in the order of the log, be it an input's or another; false when nothing differs. */
bool comparison_first(const struct comparison *c, struct event_pair *ret);

#endif
