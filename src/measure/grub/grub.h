/*
 * What GRUB measures: a bounded model of GRUB's script language and of the commands of the signed GRUB
 * images of Debian 12 (2.06), Debian 13 (2.12), Ubuntu 22.04 (2.06) and Ubuntu 24.04 (2.12): build.h.
 *
 * Given the facts of the images, the disks as GRUB sees them and the files on them, grub_evaluate() runs the
 * embedded script, the configuration files and the menu as GRUB does and lists what reaches PCR 8 (every
 * executed command and the kernel's command line) and PCR 9 (every opened file), in order. It never guesses:
 * what is not modelled is an error that names file and line ("(hd0,gpt2)/grub/grub.cfg:83: command 'foo' is
 * not modelled").
 *
 * The reference is GRUB's source (grub-core of grub2 2.06-13+deb12u2 and 2.12-9+deb13u4, as patched by
 * Debian); qemu-test/oracle asks the real signed images, and tests/grub holds their answers. What Ubuntu's
 * images measured is in the folder shared/ubuntu-grub beside the checkout (tests/README.md), which
 * tests/unit/test_grub_replay.c reads where it is there.
 *
 * Pure: opens no file and reads no clock; bytes come through struct grub_files.
 */
#ifndef MEASURE_GRUB_GRUB_H
#define MEASURE_GRUB_GRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/boot/trace.h"
#include "measure/grub/build.h"

/* Budgets: an evaluation that needs more fails with -E2BIG and names the budget. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
/* for the fuzzers, most of whose loops never end; tests/unit/test_grub_script.c uses up the real budgets */
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
#define GRUB_MAX_DEPTH 32u		/* of dependencies between modules */
#define GRUB_MAX_ENTRIES 1024u		/* menu entries in one menu */
#define GRUB_MAX_SUBMENUS 128u		/* in the whole tree of menus; each takes an evaluation */
#define GRUB_MAX_DEVICES 256u

/* One disk or partition, as ls in GRUB's shell shows it. Strings may be NULL where GRUB would find none. */
struct grub_device {
	const char *name;		/* "hd0", "hd0,gpt2": without parentheses */
	const char *fs;			/* file system in GRUB's words: "fat", "ext2"; NULL: unknown to it */
	const char *module_fs;		/* then: one that a module on the disk could read; else NULL */
	const char *fs_uuid;		/* as GRUB spells it: "1234-ABCD", lower case for ext2 */
	const char *fs_label;
	const char *part_uuid;		/* GPT only */
	void *files;			/* for struct grub_files */
};

struct grub_stat {
	bool is_dir;
	bool mtime_set;
	uint64_t size;			/* bytes */
	int64_t mtime;			/* seconds since 1970 */
};

/*
 * The files of the devices. Paths are absolute, without a device and without doubled or trailing slashes; "/"
 * is the root. The provider resolves symbolic links, "." and "..", and ignores case on FAT. All return 0 or
 * negative errno, -ENOENT when there is no such file, -ENOTDIR when the path leads through something that is
 * no directory (a script can tell these two apart); any other error ends the evaluation with it.
 */
struct grub_files {
	void *context;
	int (*stat)(void *context, const struct grub_device *device, const char *path,
		    struct grub_stat *ret_stat);
	/*
	 * The content, owned by the provider and valid until the evaluation is over. Only for small files
	 * (configuration, environment, lists), of at most GRUB_MAX_FILE_LEN bytes.
	 */
	int (*read)(void *context, const struct grub_device *device, const char *path,
		    const uint8_t **ret_bytes, size_t *ret_len);
	/* SHA-256 of the whole content: kernels, initrds, fonts, modules, ... */
	int (*digest)(void *context, const struct grub_device *device, const char *path,
		uint8_t ret_digest[static 32]);
	/*
	 * Each name in a directory; "." and ".." are optional. May be NULL: then a configuration with
	 * wildcards in file names is an error.
	 */
	int (*list)(void *context, const struct grub_device *device, const char *path,
		    int (*each)(void *each_context, const char *name), void *each_context);
	/*
	 * list() gives the names in the order in which they are in the directory on the disk, and on FAT in
	 * GRUB's spelling. Linux does not: ext4 sorts by hashes, and vfat shows a short name in upper case.
	 */
	bool list_as_on_disk;
};

/* Everything that decides what GRUB does. Strings and arrays are borrowed for the time of the call. */
struct grub_machine {
	const struct grub_build *build;
	bool secure_boot;		/* enforced: shim verifies what is loaded, GRUB is locked down */
	/* in the order of GRUB's disk enumeration, partitions after their disk */
	const struct grub_device *devices;
	size_t device_count;
	/*
	 * Of a machine with other disk numbers (renumber.h): what each of the devices is called on the
	 * machine as it is; NULL: these names.
	 */
	const char *const *original_names;
	const struct grub_files *files;
	const char *boot_device;	/* the partition that GRUB was started from: "hd0,gpt1" */
	const char *boot_dir;		/* directory of the started image: "/EFI/debian" or "/EFI/BOOT" */
	const char *prefix;		/* built into the image; NULL: "/EFI/debian" */
	const char *modules;		/* built in too, " a b c "; NULL: those of the build */
	bool no_fwsetup;		/* no setup on request (OsIndicationsSupported, bit 0) */
	bool no_graphics;		/* no EFI graphics output, so no gfxterm */
	const char *embedded;		/* the memdisk's script, which runs first; NULL: that of the build */
};

/* The script in the memdisk, which is not measured; its text is NULL where GRUB begins with grub.cfg. */
#define GRUB_SCRIPT "(memdisk)/grub.cfg"

static inline const char *grub_script(const struct grub_machine *m)
{
	return m->embedded ? m->embedded : m->build->script;
}

/* what: one of the bits of build.h */
static inline bool grub_does(const struct grub_machine *m, unsigned what)
{
	return m->build->does & what;
}

/* choice may be NULL: no person chooses. On failure *ret_result is left empty. */
int grub_evaluate(const struct grub_machine *machine, const struct boot_choice *choice, struct error *err,
		  struct boot_trace *ret_result);

/*
 * Every entry that a person can choose, those of submenus included. A submenu whose commands are not modelled
 * is an entry without any.
 */
int grub_list_menu(const struct grub_machine *machine, struct error *err, struct boot_menu *ret_menu);

#endif
