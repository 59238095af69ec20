/*
 * All that decides what a boot will measure, for the loader at its end: firmware -> [shim ->] loader ->
 * Linux. Digests and contents come in through structures and callbacks, so that the model is pure.
 */
#ifndef MEASURE_BOOT_FACTS_H
#define MEASURE_BOOT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/boot/platform.h"
#include "measure/log/event.h"

#define BOOT_IMAGES_MAX 4

/* What the caller knows of a kernel (or another image) that the loader starts. */
struct boot_kernel {
	uint8_t digest[SHA256_LEN]; /* Authenticode */
	const struct event_list *authorities; /* events of PCR 7 that verifying it adds; NULL: none */
};

/* What the EFI stub in a Linux kernel measures into PCR 9 when it runs. */
struct boot_stub {
	bool options; /* the command line */
	bool initrd;
};

struct boot_image {
	const char *name; /* "\EFI\debian\shimx64.efi" */
	uint8_t digest[SHA256_LEN];
};

/* Keys of Secure Boot that the next boot may find: an update of db, dbx, ... that was announced. */
struct boot_keys {
	const struct event_list *secureboot; /* in place of boot_facts.secureboot */
	char note[48];                /* for a label, as ", with the announced db" */
	char key[32];                 /* for the key of a boot path, as " next db" */
	/* Do they let this kernel run? context: that of boot_facts. NULL: they let every one. */
	bool (*allow)(void *context, const char *kernel);
};

struct boot_facts {
	/*
	 * PCR 4 until the first image is started: actions, separator, boot options that failed before ours.
	 * Firmware's own: from the log.
	 */
	const struct event_list *platform;
	/*
	 * PCR 0 and 2 of this boot, for a policy that selects them, too (with Secure Boot off nothing else
	 * covers option ROMs and the drivers that the firmware loads). NULL: for one that does not.
	 */
	const struct event_list *firmware;
	/*
	 * Other forms of `platform` that the next boot may find, each different from it and from each other.
	 */
	const struct boot_platform *platforms;
	size_t platform_count;
	/* PCR 7 and 14 until the last image runs, from secureboot_events() for the images. */
	const struct event_list *secureboot;
	const struct boot_keys *keys; /* NULL: no change of them is expected */
	/*
	 * Those that run before anything is chosen, in the order in which they are started: shim where there
	 * is one, then the loader. An image that is chosen, as a kernel, is a BOOT_EVENT_IMAGE in the trace.
	 */
	struct boot_image image[BOOT_IMAGES_MAX];
	size_t image_count;
	const struct boot_loader *loader;
	const void *own; /* what only the model of that loader knows, in a type of its own */
	void *context;
	/* path: "(hd0,gpt2)/vmlinuz-6.1.0-56-amd64" */
	int (*kernel)(void *context, const char *path, struct error *err, struct boot_kernel *ret);
	/* Asked only of a kernel whose stub runs. */
	int (*stub)(void *context, const char *path, struct error *err, struct boot_stub *ret);
	/*
	 * SHA-256 of what the kernel is handed: the files one after another, each but the first at the next
	 * multiple of four.
	 */
	int (*initrds)(void *context, char *const *path, size_t n, struct error *err,
		       uint8_t ret[static SHA256_LEN]);
};

#endif
