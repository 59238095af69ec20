/* What the root of a small machine lies on, as sysfs has it, and what targets_find() says of it. */
#ifndef TESTS_TARGETS_SAMPLE_H
#define TESTS_TARGETS_SAMPLE_H

#include "machine/system/targets.h"
#include "tree.h"

#define ROOT_UUID "5ea1ab1e000040008000000000000001"
#define ROOT_LINE "cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard\n"

struct targets_sample {
	struct tree t;
	char root[PATH_MAX]; /* SYSFS/dev/block/MAJOR:MINOR of the root */
	char number[64];
};

/* Setup and teardown of a test: the root lies on the volume cryptroot, and that on vda3. */
int targets_setup(void **state);
int targets_teardown(void **state);
#define targets_test(f) cmocka_unit_test_setup_teardown(f, targets_setup, targets_teardown)

/* Of the root's device. */
void write_attribute(const struct targets_sample *s, const char *name, const char *text);
/* An open volume as the device of that number, 254:NN, on the disk `below`. */
void add_volume(const struct targets_sample *s, const char *number, const char *name, const char *below);

/* The volume of that name, on vda3, and no other. */
void finds(const struct targets_sample *s, const char *name);
/* "NAME on DISK, NAME on DISK": of all that is found, in order. */
void finds_all(const struct targets_sample *s, const char *names);
/* -EOPNOTSUPP, and these words. */
void refuses_root(const struct targets_sample *s, const char *words);

#endif
