/*
 * The model of one boot chain: firmware -> [shim ->] loader -> Linux. Given all that decides what will be
 * measured, it lists the events of the PCRs of boot_facts_pcrs() for one way through the loader's menu, in
 * the order in which they will be measured.
 *
 * Pure: digests and contents come in through the structures and callbacks. Sources: TCG PC Client Platform
 * Firmware Profile 1.06, 3.3.4; shim's source (tpm.c, shim.c); each loader's own (measure/boot/loader.h);
 * Linux drivers/firmware/efi/libstub.
 */
#ifndef MEASURE_BOOT_PREDICT_H
#define MEASURE_BOOT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/boot/facts.h"
#include "measure/boot/loader.h"
#include "measure/boot/trace.h"
#include "measure/log/event.h"

struct prediction {
	struct event_list events;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* those of boot_facts_pcrs() count */
	struct boot_trace trace;             /* its events are moved into `events` */
};

/* The PCRs of the firmware itself: in a policy only where boot_facts.firmware is given. */
#define FIRMWARE_PCRS (PCR(0) | PCR(2))

/*
 * The PCRs that are predicted: those of the loader's model, and the firmware's where `firmware` is given.
 * What a new policy selects is chain_policy_pcrs() of machine/chain/chain.h; one that is in force keeps its
 * own.
 */
pcr_mask boot_facts_pcrs(const struct boot_facts *chain);

#define PREDICTION_NONE ((struct prediction){ .trace = { .kernel = NULL } })

int predict(const struct boot_facts *chain, const struct boot_choice *choice, struct error *err,
	    struct prediction *ret);
/*
 * The same boot after a firmware that did something else first. ret->trace has what is started and how, no
 * accesses and no writes.
 */
int prediction_on_platform(const struct boot_facts *chain, const struct prediction *p,
			   const struct event_list *platform, struct prediction *ret);
/* The same boot with other keys: it lets the same images run. */
int prediction_with_keys(const struct boot_facts *chain, const struct prediction *p,
			 const struct boot_keys *keys, struct prediction *ret);
void prediction_free(struct prediction *p); /* fine twice */

#endif
