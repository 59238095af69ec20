/*
 * udev's records of two partitions and the list of mounts, parted by NUL bytes. udev writes down what the
 * file systems call themselves, and who can write to a disk says what that is. The linker puts our own
 * function in the place of the one that reads files (Makefile).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reader.h"
#include "machine/system/partitions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret);

#define UDEV "/run/udev/data"

static struct machine machine;
static struct reader rest;

int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret)
{
	const uint8_t *end = rest.left ? memchr(rest.at, '\0', rest.left) : NULL;
	struct buffer b = BUFFER_NONE;
	struct reader part;

	if (!reader_take(&rest, end ? (size_t)(end - rest.at) : rest.left, &part))
		abort();
	reader_skip(&rest, 1);
	buffer_add(&b, part.at, part.left);
	*ret = b;
	return 0;
}

/* Only the names of these files are read. */
static const char *const names[] = { "/run", "/run/udev", UDEV, UDEV "/b8:1", UDEV "/b259:2", UDEV "/n1" };
#define NAMES (sizeof(names) / sizeof(names[0]))

static void clean_up(void)
{
	char path[2 * PATH_MAX];

	for (size_t i = NAMES; i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s", machine.root, names[i]);
		remove(path);
	}
	rmdir(machine.root);
}

static void make_tree(void)
{
	char path[2 * PATH_MAX];

	strcpy(machine.root, "/dev/shm/bootseal-fuzz-XXXXXX");
	if (!mkdtemp(machine.root))
		abort();
	atexit(clean_up);
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "%s%s", machine.root, names[i]);
		if (i < 3 ? mkdir(path, 0700) < 0 : mknod(path, S_IFREG | 0600, 0) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct error err = ERROR_NONE;
	struct partitions all;

	if (!machine.root[0])
		make_tree();
	rest = reader_new(data, n);
	if (partitions_read(&machine, &err, &all) < 0)
		abort();
	if (all.n > 2)
		abort();
	for (size_t i = 0; i < all.n; i++) {
		const struct partition *p = partition_by_uuid(&all, all.at[i].part_uuid);

		if (!p || strcasecmp(p->part_uuid, all.at[i].part_uuid) != 0 ||
		    partition_by_mount(&all, all.at[i].mount) > &all.at[i] || all.at[i].number == 0)
			abort();
		partitions_refuse_clones(&all, all.at[i].fs_uuid, &err);
	}
	partitions_free(&all);
	return 0;
}
