/*
 * Builds of GRUB that there is a model of: who built it, from which version, and what this build does that
 * others do not. A distribution's patches decide more than the version: Ubuntu's 2.06 differs from Debian's
 * 2.06, and its 2.12 does not differ from Debian's. What is built into an image is read from it (image.h).
 */
#ifndef MEASURE_GRUB_BUILD_H
#define MEASURE_GRUB_BUILD_H

#include <stddef.h>

#include "base/error.h"
#include "base/reader.h"

enum grub_version {
	GRUB_2_06 = 206,
	GRUB_2_12 = 212,
};

enum grub_vendor { GRUB_DEBIAN, GRUB_UBUNTU };

/* Bits of struct grub_build.does; each was seen in what the real image measured. */
enum {
	/*
	 * `linux` starts the kernel as an EFI application, whose stub measures the command line and fetches
	 * and measures the initrd; else it enters the kernel through the handover protocol.
	 */
	BUILD_STARTS_STUB = 1 << 0,
	/* `linux` asks shim about the kernel once more after the file's verifier did */
	BUILD_ASKS_SHIM_TWICE = 1 << 1,
	/* `linux` fills the kernel's own buffer for the command line, and drops what does not fit */
	BUILD_SHORT_CMDLINE = 1 << 2,
	/* `initrd` without a file frees what was never set: whether it aborts depends on the stack */
	BUILD_EMPTY_INITRD_FAULT = 1 << 3,
	/* `chainloader` passes the image to the firmware, which measures it again after shim */
	BUILD_CHAINS_BY_FIRMWARE = 1 << 4,
	/* looks for grub.cfg where GRUB was started from ($fw_path), then in $prefix, and opens it twice */
	BUILD_FW_PATH = 1 << 5,
	/* `fwsetup` is always there, and has --is-supported; else only where the firmware has a setup */
	BUILD_FWSETUP_ASKS = 1 << 6,
	/* `search --efidisk-only` */
	BUILD_EFIDISK_ONLY = 1 << 7,
	/* `search --no-floppy` ends at the first floppy disk */
	BUILD_FLOPPY_ENDS = 1 << 8,
	/* under Secure Boot, a module that is not built in is refused before it is opened and measured */
	BUILD_MODULES_UNOPENED = 1 << 9,
	/* under Secure Boot, a font's name finds only one that is built in */
	BUILD_FONTS_BUILT_IN = 1 << 10,
};

struct grub_build {
	enum grub_vendor vendor;
	enum grub_version version;
	unsigned does;
	const char *script;  /* of Debian's image, for a machine whose image is not at hand; NULL: none */
	const char *modules; /* likewise: " a b c " */
};

/* NULL when there is no model of it. Static. */
const struct grub_build *grub_build_find(enum grub_vendor vendor, enum grub_version version);

/*
 * The build of a GRUB image, from the text of its section .sbat (measure/efi/sbat.h). -EOPNOTSUPP: no line of
 * GRUB's in it, or a version or a vendor without a model; err says what was found.
 */
int grub_build_from_sbat(const struct reader *sbat, struct error *err, const struct grub_build **ret_build);

#endif
