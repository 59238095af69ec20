/*
 * What an image says that it is: its section .sbat (shim's SBAT.md), one line a component: name, generation,
 * vendor, package, version, URL. "grub" is the program, "grub.debian" or "grub.debian12" whose build it is.
 */
#ifndef MEASURE_EFI_SBAT_H
#define MEASURE_EFI_SBAT_H

#include <stdbool.h>

#include "base/reader.h"
#include "measure/efi/pe.h"

#define SBAT_VERSION_MAX 32

struct sbat_line {
	struct reader component, version; /* empty where the line has no such field */
};

/* Finds the section's text, which ends at its first NUL. False when the image has none. */
bool sbat_find(const struct pe *image, struct reader *ret_text);

/* Takes the next line off the text. False at its end. */
bool sbat_next(struct reader *text, struct sbat_line *ret);

/* Is it that component, perhaps with a release's number behind ("grub.debian": also "grub.debian12")? */
bool sbat_is(const struct sbat_line *line, const char *component);

/* Has the image a line of that component, as sbat_is()? */
bool sbat_names(const struct pe *image, const char *component);

/*
 * "16.1" of a line "shim.debian,1,Debian,shim,16.1-1,https://...": of the last line of that component
 * ("shim") or of a vendor's. False when there is none.
 */
bool sbat_version(const struct reader *image, const char *component, char ret[static SBAT_VERSION_MAX]);

#endif
