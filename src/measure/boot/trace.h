/*
 * The way that one boot takes through a boot loader: what was chosen, which files were opened, what is
 * started and how. The same for every loader; each fills it from its own model (measure/boot/loader.h).
 *
 * A file is named "(DEVICE)/path" for every loader. DEVICE is the loader's own name, "hd0,gpt2" for GRUB;
 * `locate` of machine/chain/chain_loader.h knows where it is mounted.
 */
#ifndef MEASURE_BOOT_TRACE_H
#define MEASURE_BOOT_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/log/event.h"

/*
 * Event type of the marker "here the kernel (or a chainloaded image) is measured by its Authenticode
 * digest into PCR 4". Its digest is all zero and its text is the file as "(hd0,gpt2)/vmlinuz": the caller,
 * who can compute that digest, puts it in and turns the type into EV_EFI_BOOT_SERVICES_APPLICATION. The
 * value is of the range that the TCG leaves to nobody we know, so that a marker forgotten in a list never
 * equals a logged event.
 */
#define BOOT_EVENT_IMAGE 0xb0075ea1u

/* Which entry of the menu is booted. */
struct boot_choice {
	/*
	 * NULL: no person interrupts, the loader follows its default and its timeouts.
	 * Otherwise a person chooses by hand: identifiers (or titles) of the entries, one a menu, joined
	 * by ">" (">>" is a literal ">"), for example
	 * "gnulinux-advanced-X>gnulinux-6.1.0-56-amd64-advanced-X". -ENOENT when there is no such entry,
	 * -EAGAIN when no menu is shown to choose from (timeout 0).
	 */
	const char *path;
	/*
	 * A person chooses although the loader would not wait (as if a key was pressed in time): only for
	 * listing.
	 */
	bool force_menu;
};

enum boot_outcome {
	BOOT_LINUX,		/* a kernel was started */
	BOOT_IMAGE,		/* another EFI image was started (chainloader) */
	BOOT_WAITS,			/* a menu or the prompt is left, for a person to act */
	BOOT_ENDS,			/* reboot, halt, exit, firmware setup */
};

/* What a file is in the chain, and with it who can vouch for its content. */
enum file_role {
	ROLE_LOADER,     /* images that the firmware or shim starts before the kernel */
	ROLE_ESP_CONFIG, /* the loader's configuration beside them */
	ROLE_CONFIG,     /* its configuration */
	ROLE_STATE,      /* what it keeps from one boot to the next */
	ROLE_DATA,       /* modules, lists, fonts, messages, pictures */
	ROLE_KERNEL,
	ROLE_INITRD,
};

/* A file that the loader opened or only asked about. */
struct boot_access {
	enum file_role role;
	char *device;			/* "hd0,gpt2" */
	char *path;			/* "/vmlinuz-6.1.0-56-amd64" */
	bool found;
	/* measured, unless it is built in; false: tested (-f, -d, -e, ...) */
	bool opened;
	/* part of the loader's own image, which is measured and vouched for as a whole; on no disk */
	bool built_in;
	bool written;			/* save_env */
};

/* An environment block after save_env, whole. */
struct boot_written {
	char *device;
	char *path;
	uint8_t *bytes;
	size_t len;
};

struct boot_trace {
	enum boot_outcome outcome;
	/* What the loader measures and BOOT_EVENT_IMAGE markers, in order; `what` is the event text as it
	   logs it (newlines and all). The kernel stub's events are not here. */
	struct event_list events;
	/* path of identifiers of the entry that booted, joined by ">"; NULL: none */
	char *entry;
	char *entry_title;		/* its title */
	char *kernel;			/* BOOT_LINUX: "(hd0,gpt2)/vmlinuz-...", device always spelled out */
	/* of that kernel, as uname -r says it; "" or NULL: not known from what the loader reads */
	char *release;
	char *cmdline;			/* what the kernel is handed: "BOOT_IMAGE=/vmlinuz-... root=..." */
	/* BOOT_LINUX: as an EFI application, so its own stub runs and measures */
	bool through_stub;
	char **initrds;			/* "(hd0,gpt2)/initrd.img-...", in order */
	size_t initrd_count;
	char *image;			/* BOOT_IMAGE: "(hd0,gpt1)/EFI/..." */
	struct boot_access *accesses;	/* in order of first use, each file once */
	size_t access_count;
	/* "(DEVICE)/PATH" of the last configuration file that was asked for and missing */
	char *missing_config;
	/*
	 * Of a configuration for another build of the loader: the first command that did nothing here, with
	 * file and line, and what it is; NULL: none. It says why where nothing starts.
	 */
	char *unsupported;
	struct boot_written *writes;	/* each block once, final content */
	size_t write_count;
};

void boot_trace_free(struct boot_trace *trace); /* fine twice */
/* A copy of what is started and how: without events, accesses and writes. -ENOMEM. */
int boot_trace_copy_start(const struct boot_trace *from, struct boot_trace *ret);
const char *boot_trace_release(const struct boot_trace *trace); /* never NULL */

/* The menu as a tree. */
struct boot_entry {
	char *title;
	char *id;
	char *path;			/* what struct boot_choice takes */
	bool submenu;
	struct boot_entry *entries;	/* of a submenu */
	size_t entry_count;
	size_t index;			/* in its own menu */
};

struct boot_menu {
	struct boot_entry *entries;
	size_t entry_count;
	char *default_path;		/* entry that boots without a person; NULL: it waits */
};

void boot_menu_free(struct boot_menu *menu); /* fine twice */

#endif
