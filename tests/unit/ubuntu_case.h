/*
 * What Ubuntu's real GRUB measured, from ../shared/ubuntu-grub (its README says how it was recorded): nothing
 * of it is in this tree.
 */
#ifndef TESTS_UBUNTU_CASE_H
#define TESTS_UBUNTU_CASE_H

#include "grub_case.h"

/* One of the images that the cases were recorded with. */
struct ubuntu_loader {
	const char *name;    /* of the folder in a case: "ub8"; "log": a case with expected.text */
	const char *image;   /* its heading in images.txt */
	const char *shim;    /* that of the shim before it */
	enum grub_version version;
	const char *lists;   /* where command.lst and the others are; NULL: tests/grub/common */
	const char *prefix;
	const char *script;  /* NULL: none built in */
};

/* Ends with one without a name. ub6 is not among them: a GRUB without a memdisk is refused. */
extern const struct ubuntu_loader ubuntu_loaders[];

/*
 * What images.txt says of an image: the rest of each line below "== IMAGE" that begins with this word, lines
 * parted by '\n'. false: there is none.
 */
bool ubuntu_image(const char *folder, const char *image, const char *word, struct buffer *ret);

/* folder: "../shared/ubuntu-grub". NULL when the image is not in its images.txt. */
struct grub_case *ubuntu_case_open(const char *folder, const char *dir, const struct ubuntu_loader *loader);

#endif
