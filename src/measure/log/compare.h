/*
 * A predicted boot beside a logged one, event by event.
 *
 * PCR by PCR: within a PCR order decides its value; between two PCRs it does not. Where the digest of an
 * input differs (a file, an image, a variable: something with a name and a content of its own), the walk goes
 * on as if it were equal and the input is listed: it changed, or is another one than that boot used. Any
 * other difference ends the walk.
 */
#ifndef MEASURE_LOG_COMPARE_H
#define MEASURE_LOG_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "measure/log/event.h"

#define COMPARE_NO_EVENT SIZE_MAX
#define COMPARE_INPUTS_MAX 64

struct event_pair {
	size_t logged, predicted; /* indices; COMPARE_NO_EVENT where that list has no such event */
};

struct comparison {
	bool differs;              /* in more than inputs: then */
	struct event_pair first;   /* the first such difference in the order of the log */
	/* events that agree before the first difference in each PCR, all PCRs together */
	size_t agreed;
	/* inputs whose digest differs, in the order of the log */
	struct event_pair input[COMPARE_INPUTS_MAX];
	size_t input_count;
};

/* mask: the PCRs that count. -E2BIG: too many inputs differ. */
int compare_events(const struct event_list *logged, const struct event_list *predicted, pcr_mask mask,
		   struct comparison *ret);

/* Nothing differs, not even an input. */
static inline bool comparison_exact(const struct comparison *c)
{
	return !c->differs && c->input_count == 0;
}

/*
 * The first difference in words: "PCR 8, event 82: predicted `...', measured `...'". A long beginning that
 * both texts have is left out.
 */
void comparison_describe(const struct comparison *c, const struct event_list *logged,
			 const struct event_list *predicted, struct buffer *ret);

#endif
