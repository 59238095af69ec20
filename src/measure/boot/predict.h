/*
 * The model of one boot chain: firmware -> shim -> GRUB -> Linux. Given all that decides what will be
 * measured, it lists the events of PCR 4, 7, 8, 9 and 14 for one way through GRUB's menu, in the order in
 * which they will be measured.
 *
 * Pure: digests and contents come in through the structures and callbacks. Sources: TCG PC Client Platform
 * Firmware Profile 1.06, 3.3.4; shim's tpm.c and shim.c; GRUB (measure/grub/grub.h); Linux
 * drivers/firmware/efi/libstub.
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
#include "measure/grub/grub.h"
#include "measure/log/event.h"

struct prediction {
	struct event_list events;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* those of the loader's mask count */
	struct boot_trace trace;             /* its events are moved into `events` */
};

#define PREDICTION_NONE ((struct prediction){ .trace = { .kernel = NULL } })

int predict(const struct boot_facts *chain, const struct boot_choice *choice, struct error *err,
	    struct prediction *ret);
void prediction_free(struct prediction *p); /* fine twice */

/*
 * The same files, but for one: GRUB's environment as it was or will be. The overlay is the context of its own
 * `files`; it must not move while they are in use.
 */
struct overlay {
	struct grub_files files; /* hand this to the model */
	const struct grub_files *below;
	const char *device, *path; /* as in struct boot_access */
	const uint8_t *bytes;
	size_t len;
};

void overlay_init(struct overlay *o, const struct grub_files *below, const char *device, const char *path,
		  const uint8_t *bytes, size_t len);

#endif
