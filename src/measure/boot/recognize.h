/*
 * A boot that left no event log, told from the values of its PCRs: the model computes what each way to
 * start this machine measures, and the one that gives these values is the one that ran. A PCR is a chain
 * of SHA-256, so the events are those of the boot as surely as if a log had them.
 */
#ifndef MEASURE_BOOT_RECOGNIZE_H
#define MEASURE_BOOT_RECOGNIZE_H

#include "measure/boot/predict.h"

struct recognize_question {
	const struct boot_facts *facts;
	const struct event_list *form; /* what the firmware may have done: PCR 4 until the first image */
	size_t form_count;
	const uint8_t (*pcrs)[SHA256_LEN]; /* PCR_COUNT of them */
};

struct recognized {
	struct prediction prediction; /* its events are those of the boot */
	size_t form;                  /* which of the forms it was */
	/* PCRs of the way that fits best, also when none does: those that have the right value */
	pcr_mask agreed;
};

#define RECOGNIZED_NONE ((struct recognized){ .prediction = PREDICTION_NONE })

/*
 * Every way through the menu, in the state of today and in those that a boot may have found before.
 * -ENOENT: none of them gives these values; err may say why a way could not be computed.
 */
int recognize_boot(const struct recognize_question *q, struct error *err, struct recognized *ret);
void recognized_free(struct recognized *r); /* fine twice */

#endif
