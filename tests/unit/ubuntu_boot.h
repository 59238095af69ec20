/*
 * A recorded boot of ../shared/ubuntu-grub as a chain for the model: variables, files and the digests of its
 * images. The images themselves are not at hand: their digests are those of images.txt, the kernel's is the
 * log's.
 */
#ifndef TESTS_UBUNTU_BOOT_H
#define TESTS_UBUNTU_BOOT_H

#include "measure/boot/predict.h"
#include "secureboot_sample.h"
#include "ubuntu_case.h"

#define UBUNTU_VARIABLES 10

struct ubuntu_recording {
	char name[160], dir[600];
	const struct ubuntu_loader *loader; /* NULL: Debian 12's */
};

/* One of them, taken apart. */
struct ubuntu_boot {
	const struct ubuntu_recording *from;
	struct grub_case *c;
	struct sb_world debian; /* whose signatures play the images */
	struct buffer log_bytes, variable[UBUNTU_VARIABLES], shim, canonical;
	struct eventlog log;
	struct event_list logged, platform, secureboot;
	struct event_list authorities[2]; /* what the kernel adds; what a chainloaded shim adds */
	struct sb_vars vars;
	struct boot_facts facts;
	uint8_t kernel[SHA256_LEN];
};

void ubuntu_boot_open(const struct ubuntu_recording *from, struct ubuntu_boot *b);
/* Debian's shim is replaced by this one; level: NULL for one without .sbatlevel. */
void ubuntu_boot_take_shim(struct ubuntu_boot *b, const char *image, const char *level);
/* GRUB's machine and the facts of the chain; the lists that they point to are filled by the caller. */
void ubuntu_boot_make_facts(struct ubuntu_boot *b);
void ubuntu_boot_close(struct ubuntu_boot *b);

#endif
