/*
 * Measured events: what a boot extended, or what we predict that it will.
 *
 * The same type serves the log of the boot that runs and a prediction, so that the two can be compared one by
 * one. SHA-256 bank; the digest decides, the text is for people.
 */
#ifndef MEASURE_LOG_EVENT_H
#define MEASURE_LOG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pcr.h"
#include "hash/hash.h"
#include "measure/log/event_kind.h"

#define EVENT_LIST_MAX 16384 /* events in one boot; a real one has some 150 */

struct event {
	uint32_t pcr;               /* 0..23 */
	enum event_kind kind;       /* follows from PCR, type and text: event_list_add() sets it */
	uint32_t type;              /* EV_*, TCG PC Client Platform Firmware Profile, section 10.4.1 */
	/* what the PCR was extended with; of an EV_NO_ACTION: the value that the PCR starts from */
	uint8_t digest[SHA256_LEN];
	char *what;                 /* printable: "root=/dev/sda2 ro", "db", "/vmlinuz-6.1.0-55"; owned */
};

struct event_list {
	struct event *e; /* owned; in the order in which they were or will be measured */
	size_t n, cap;
};

#define EVENT_LIST_NONE ((struct event_list){ .e = NULL })

/* Copies digest and what. -E2BIG past EVENT_LIST_MAX, -EINVAL for a PCR that does not exist, -ENOMEM. */
int event_list_add(struct event_list *l, uint32_t pcr, uint32_t type, const uint8_t digest[static SHA256_LEN],
		   const char *what);
int event_list_append(struct event_list *l, const struct event_list *more);
/*
 * Its text without the word for its kind: "root=/dev/sda2 ro" of "kernel_cmdline: root=/dev/sda2 ro"; points
 * into it.
 */
const char *event_text(const struct event *e);
/*
 * Is its digest that of something with a content of its own: a file, an image, a variable, what the stub was
 * handed?
 */
bool event_is_input(const struct event *e);
/* Fine on an empty list, fine twice. */
void event_list_free(struct event_list *l);

/*
 * PCR values after the events, from a power-on state of zeros (PCR 17 to 22: ones) where no EV_NO_ACTION says
 * another.
 */
int event_list_replay(const struct event_list *l, uint8_t ret_pcrs[static PCR_COUNT][SHA256_LEN]);
/* Of these PCRs; the others are left in ret as they are. */
int event_list_replay_some(const struct event_list *l, pcr_mask mask,
			   uint8_t ret[static PCR_COUNT][SHA256_LEN]);

#endif
