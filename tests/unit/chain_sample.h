/*
 * The two real boots in tests/eventlogs as a chain for the model: configurations from files, what is too
 * large to keep (shim, GRUB, kernels, initrds, modules) as the digest that the log has. Included by the tests
 * of the model.
 */
#ifndef TESTS_CHAIN_SAMPLE_H
#define TESTS_CHAIN_SAMPLE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "measure/log/eventlog.h"
#include "measure/boot/predict.h"
#include "measure/grub/grub.h"
#include "measure/log/tcg.h"

#define SAMPLE_FILES 32
#define SAMPLE_ENV_LEN 1024

struct sample_file {
	char device[16], path[160];
	struct buffer bytes; /* empty for a file that is known only by its digest */
	bool digest_only;
	uint8_t digest[SHA256_LEN];
};

struct sample {
	struct buffer bytes;
	struct eventlog log;
	struct event_list logged, platform, secureboot;
	struct sample_file file[SAMPLE_FILES];
	size_t file_count;
	struct grub_device devices[3];
	struct grub_files files;
	struct grub_machine grub; /* chain.own */
	struct boot_facts chain;
	struct boot_kernel kernel;
	struct boot_stub stub;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
};

struct sample_file *sample_find(struct sample *s, const char *device, const char *path);
int sample_stat(void *context, const struct grub_device *device, const char *path, struct grub_stat *ret);
/* What grub-editenv create writes. */
void sample_make_env(uint8_t block[static SAMPLE_ENV_LEN]);
size_t sample_event(const struct sample *s, uint32_t pcr, const char *what);

#define SAMPLE_RELEASE_12 "6.1.0-55-cloud-amd64"
#define SAMPLE_RELEASE_13 "6.12.117+deb13-cloud-amd64"

struct sample *sample_debian12(void);
struct sample *sample_debian13(void);
void sample_close(struct sample *s);

#endif
