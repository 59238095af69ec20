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
#include "measure/log/event.h"
#include "measure/grub/grub.h"

#define PREDICT_MASK (1u << 4 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 14)

/* What the caller knows of a kernel (or another image) that GRUB starts. */
struct boot_kernel {
	uint8_t digest[SHA256_LEN]; /* Authenticode */
	bool stub_options;          /* its EFI stub measures the command line into PCR 9, */
	bool stub_initrd;           /* and the initrd */
	const struct event_list *authorities; /* events of PCR 7 that verifying it adds; NULL: none */
};

struct boot_image {
	const char *name; /* "\EFI\debian\shimx64.efi" */
	uint8_t digest[SHA256_LEN];
};

struct boot_facts {
	/*
	 * PCR 4 until our loader is started: actions, separator, boot options that failed before ours.
	 * Firmware's own: from the log.
	 */
	const struct event_list *platform;
	/* PCR 7 and 14 until GRUB runs, from secureboot_events() for shim and GRUB. */
	const struct event_list *secureboot;
	struct boot_image shim, grub_image;
	struct grub_machine grub;
	void *context;
	/* path: "(hd0,gpt2)/vmlinuz-6.1.0-56-amd64" */
	int (*kernel)(void *context, const char *path, struct error *err, struct boot_kernel *ret);
	/*
	 * SHA-256 of what the kernel is handed: the files one after another, each but the first at the next
	 * multiple of four.
	 */
	int (*initrds)(void *context, char *const *path, size_t n, struct error *err, uint8_t ret[static SHA256_LEN]);
};

struct prediction {
	struct event_list events;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* of PREDICT_MASK */
	struct boot_trace grub;             /* its events are moved into `events` */
};

#define PREDICTION_NONE ((struct prediction){ .grub = { .kernel = NULL } })

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
