/*
 * What GRUB measures: a bounded model of GRUB's script language and of the commands of the signed GRUB
 * images of Debian 12 (2.06) and Debian 13 (2.12).
 *
 * Given the images' facts, the disks as GRUB sees them and the files on them, grub_evaluate() runs the
 * embedded script, the configuration files and the menu just as GRUB does and lists what reaches PCR 8
 * (every executed command and the kernel's command line) and PCR 9 (every opened file), in order. Nothing
 * is guessed: what is not modelled is an error that names file and line ("(hd0,gpt2)/grub/grub.cfg:83:
 * command `foo' is not modelled").
 *
 * The deciding source is GRUB itself (grub-core of grub2 2.06-13+deb12u2 and 2.12-9+deb13u4, as patched by
 * Debian); qemu-test/oracle asks the real signed images and tests/grub holds their answers.
 *
 * Pure: no file is opened here, no clock is read; bytes come through struct grub_files.
 */
#ifndef MEASURE_GRUB_GRUB_H
#define MEASURE_GRUB_GRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/log/event.h"

/* Budgets: an evaluation that needs more fails with -E2BIG and says which one it was. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
/* of the fuzzers, most of whose loops have no end; tests/unit/test_grub_script.c uses up the real ones */
#define GRUB_MAX_STEPS 100u
#define GRUB_MAX_EVENTS 100u
#define GRUB_MAX_FILE_LEN (1u << 20)
#define GRUB_MAX_HEAP (1u << 20)
#else
#define GRUB_MAX_STEPS 200000u		/* executed commands */
#define GRUB_MAX_EVENTS 8192u		/* reported events */
#define GRUB_MAX_FILE_LEN (16u << 20)	/* bytes of a file that is read: scripts, lists, pictures, ... */
#define GRUB_MAX_HEAP (64u << 20)	/* bytes that one evaluation may allocate */
#endif
#define GRUB_MAX_DEPTH 32u		/* modules that need one another */
#define GRUB_MAX_ENTRIES 1024u		/* menu entries in one menu */
#define GRUB_MAX_SUBMENUS 128u		/* in the whole tree of menus: each costs an evaluation */
#define GRUB_MAX_DEVICES 256u

/*
 * Event type of the marker "here the kernel (or a chainloaded image) is measured by its Authenticode
 * digest into PCR 4". Its digest is all zero and its text is the file as "(hd0,gpt2)/vmlinuz": the caller,
 * who can compute that digest, puts it in and turns the type into EV_EFI_BOOT_SERVICES_APPLICATION. The
 * value is of the range that the TCG leaves to nobody we know, so that a marker forgotten in a list never
 * equals a logged event.
 */
#define GRUB_EVENT_IMAGE 0xb0075ea1u

enum grub_version {
	GRUB_2_06 = 206,
	GRUB_2_12 = 212,
};

/*
 * Which model fits a GRUB image, from the text of its .sbat section (sbat is not NUL terminated).
 * -EOPNOTSUPP: no line of GRUB's in it, a version without a model, or not Debian's build.
 */
int grub_version_from_sbat(const char *sbat, size_t sbat_len, struct error *err,
			   enum grub_version *ret_version);

/* One disk or partition, as `ls` in GRUB's shell shows it. Strings may be NULL where GRUB would find none. */
struct grub_device {
	const char *name;		/* "hd0", "hd0,gpt2": without parentheses */
	const char *fs;			/* GRUB's name of the file system: "fat", "ext2", "xfs", ...; NULL: none it knows */
	const char *fs_uuid;		/* as GRUB spells it: "1234-ABCD", lower case for ext2 */
	const char *fs_label;
	const char *part_uuid;		/* GPT only */
	void *files;			/* handed back to struct grub_files */
};

struct grub_stat {
	bool is_dir;
	bool mtime_set;
	uint64_t size;			/* bytes */
	int64_t mtime;			/* seconds since 1970 */
};

/*
 * The files of the devices. Paths are absolute, without a device and without doubled or trailing slashes,
 * "/" is the root; symbolic links, "." and ".." and FAT's blindness to case are the provider's business.
 * All return 0 or negative errno, -ENOENT (-ENOTDIR) when there is no such file; any other error ends the
 * evaluation with it.
 */
struct grub_files {
	void *context;
	int (*stat)(void *context, const struct grub_device *device, const char *path, struct grub_stat *ret_stat);
	/* The content, which stays the provider's and valid until the evaluation is over. For small files only
	 * (configuration, environment, lists): GRUB_MAX_FILE_LEN is the most that is accepted. */
	int (*read)(void *context, const struct grub_device *device, const char *path, const uint8_t **ret_bytes,
		    size_t *ret_len);
	/* SHA-256 of the whole content: kernels, initrds, fonts, modules, ... */
	int (*digest)(void *context, const struct grub_device *device, const char *path,
		uint8_t ret_digest[static 32]);
	/*
	 * Each name in a directory in the file system's own order ("." and ".." may be left out). May be
	 * NULL: then a configuration with wildcards in file names is an error.
	 */
	int (*list)(void *context, const struct grub_device *device, const char *path,
		    int (*each)(void *each_context, const char *name), void *each_context);
};

/* All that decides what GRUB does; strings and arrays are borrowed for the time of the call. */
struct grub_machine {
	enum grub_version version;
	bool secure_boot;		/* enforced: shim verifies what is loaded, GRUB is locked down */
	/* in the order of GRUB's disk enumeration, partitions after their disk */
	const struct grub_device *devices;
	size_t device_count;
	const struct grub_files *files;
	const char *boot_device;	/* the partition that GRUB was started from: "hd0,gpt1" */
	const char *boot_dir;		/* directory of the started image: "/EFI/debian" or "/EFI/BOOT" */
	const char *prefix;		/* built into the image; NULL: "/EFI/debian" */
	const char *modules;		/* built into the image, " a b c "; NULL: as in Debian's (grub_image.h reads both) */
	bool no_fwsetup;		/* the firmware has no setup that an OS can ask for (OsIndicationsSupported, bit 0) */
	bool no_graphics;		/* no EFI graphics output: gfxterm cannot be had */
	/* script built into the image; NULL: as Debian's image of this version has it (2.06: a search
	   for grub.cfg; 2.12: none) */
	const char *embedded;
};

/* Which entry of the menu is booted. */
struct grub_choice {
	/*
	 * NULL: nobody touches the keyboard, GRUB follows `default`, `fallback` and its timeouts.
	 * Otherwise a person chooses by hand: identifiers (or titles) of the entries, one a menu, joined
	 * by ">" (">>" is a literal ">" as in GRUB's `default`), for example
	 * "gnulinux-advanced-X>gnulinux-6.1.0-56-amd64-advanced-X". -ENOENT when there is no such entry,
	 * -EAGAIN when no menu is shown to choose from (timeout 0).
	 */
	const char *path;
	/* A person chooses although GRUB would not wait (as if a key was pressed in time): only for listing. */
	bool force_menu;
};

enum grub_outcome {
	GRUB_BOOTS_LINUX,		/* a kernel was started */
	GRUB_BOOTS_IMAGE,		/* another EFI image was started (chainloader) */
	GRUB_WAITS,			/* a menu or the prompt is left, for a person to act */
	GRUB_ENDS,			/* reboot, halt, exit, firmware setup */
};

/* A file that GRUB opened or only asked about. */
struct grub_access {
	char *device;			/* "hd0,gpt2" */
	char *path;			/* "/grub/grub.cfg" */
	bool found;
	bool opened;			/* measured into PCR 9 (but for GRUB's own memdisk); false: tested (-f, -d, -e, ...) */
	bool written;			/* save_env */
};

/* An environment block after save_env, whole. */
struct grub_written {
	char *device;
	char *path;
	uint8_t *bytes;
	size_t len;
};

struct grub_result {
	enum grub_outcome outcome;
	/* PCR 8, PCR 9 and GRUB_EVENT_IMAGE markers, in order; `what` is the event text as GRUB logs
	   it ("grub_cmd: ...", newlines and all). The kernel stub's events are not here. */
	struct event_list events;
	char *entry;			/* path of identifiers of the entry that booted, joined by ">"; NULL: none */
	char *entry_title;		/* its title */
	char *kernel;			/* GRUB_BOOTS_LINUX: "(hd0,gpt2)/vmlinuz-...", device always spelled out */
	char *cmdline;			/* what the kernel is handed: "BOOT_IMAGE=/vmlinuz-... root=..." */
	char **initrds;			/* "(hd0,gpt2)/initrd.img-...", in order */
	size_t initrd_count;
	char *image;			/* GRUB_BOOTS_IMAGE: "(hd0,gpt1)/EFI/..." */
	struct grub_access *accesses;	/* in order of first use, each file once */
	size_t access_count;
	char *missing_config;		/* the last configuration file that was asked for and not there: "(hd0,gpt2)/grub/grub.cfg" */
	struct grub_written *writes;	/* each block once, final content */
	size_t write_count;
};

/* choice may be NULL: by itself. On failure *ret_result is left empty. */
int grub_evaluate(const struct grub_machine *machine, const struct grub_choice *choice, struct error *err,
		  struct grub_result *ret_result);
void grub_result_free(struct grub_result *result);

/* The menu as a tree. */
struct grub_entry {
	char *title;
	char *id;
	char *path;			/* what struct grub_choice takes */
	bool submenu;
	struct grub_entry *entries;	/* of a submenu */
	size_t entry_count;
	size_t index;			/* in its own menu */
};

struct grub_menu {
	struct grub_entry *entries;
	size_t entry_count;
	char *default_path;		/* entry that GRUB boots by itself; NULL: it waits */
};

/* Every entry that a person can choose, submenus opened. */
int grub_list_menu(const struct grub_machine *machine, struct error *err, struct grub_menu *ret_menu);
void grub_menu_free(struct grub_menu *menu);

/*
 * The environment block (grubenv): 1024 bytes as a rule, "# GRUB Environment Block\n", NAME=VALUE lines
 * with \ before \ and newline, padded with '#'. lib/envblk.c.
 */
bool grub_env_valid(const uint8_t *block, size_t len);
/*
 * Each variable in order as load_env would set it; a nonzero return of `each` ends the walk and is
 * returned.
 */
int grub_env_each(const uint8_t *block, size_t len, int (*each)(void *context, const char *name,
		  const char *value), void *context);
/*
 * In place, the way save_env does it, remnants of earlier values included. -ENOSPC: the block is too small
 * or broken.
 */
int grub_env_set(uint8_t *block, size_t len, const char *name, const char *value);
void grub_env_unset(uint8_t *block, size_t len, const char *name);

#endif
