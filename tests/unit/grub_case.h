/*
 * A recorded configuration as a machine for the GRUB model: tests/grub/NAME (see tests/grub/README).
 *
 * Files come from the case's own tree, then from what all cases share (tests/grub/common), then from a
 * list of digests that stand for files too large to keep (kernels, modules). Included by the test programs
 * that replay cases.
 */
#ifndef TESTS_GRUB_CASE_H
#define TESTS_GRUB_CASE_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"
#include "hash/hash.h"
#include "measure/grub/grub.h"

#define CASE_DEVICES 16
#define CASE_STUBS 1024
#define CASE_KEPT 512
#define CASE_PLACES 4

struct case_stub {
	char root[16], path[160];
	uint64_t size;
	uint8_t digest[SHA256_LEN];
	bool first; /* counts even where a file has that name */
};

/* A directory of a device whose files are elsewhere. */
struct case_place {
	const char *root; /* of the device: "esp" */
	const char *path; /* "/grub" */
	char dir[700];
};

struct grub_case {
	char dir[600], common[200];
	struct grub_device devices[CASE_DEVICES];
	char words[CASE_DEVICES + 8][6][80];	/* what the devices' strings point to */
	struct grub_machine machine;
	struct grub_files files;
	struct boot_choice choice;
	char choice_path[512];
	struct case_stub *stubs;
	size_t stub_count;
	struct case_place places[CASE_PLACES];
	size_t place_count;
	char boot_uuid[80];
	char *modules;				/* owned; NULL: those of the build */
	struct buffer kept[CASE_KEPT];
	size_t kept_count;
};

/* dir: "tests/grub/NAME", or a folder of the same shape that is elsewhere. */
struct grub_case *case_open(const char *dir, const struct grub_build *build);
/* Files below that path of the device come from dir, where the case has none of its own. */
void case_add_place(struct grub_case *c, const char *root, const char *path, const char *dir);
void case_close(struct grub_case *c);
/* Takes the digests of kernels, initrds and EFI images from an expectation, for a case without them. */
void case_take_kernels(struct grub_case *c, const char *expected);
/* One event as a line of an expectation: "9 DIGEST NAME", "8 TEXT", "4 image". */
void case_event_line(const struct event *e, struct buffer *b);

#endif
