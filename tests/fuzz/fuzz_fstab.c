/*
 * crypttab, the mounts of now and fstab, parted by NUL bytes. The linker puts our own functions in the place
 * of those that open files, or look at the devices of the machine that this runs on: which device a name
 * leads to, and what that lies on, comes of the name.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "machine/system/device.h"
#include "machine/system/fstab.h"
#include "machine/system/targets.h"
#include "seal/lies_on.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret);
FILE *__wrap_machine_stream(const struct machine *m, const char *path, size_t max);
int __wrap_targets_anchor(const struct machine *m, struct error *err, struct anchor *ret);
int __wrap_device_number(const struct machine *m, const char *spec, dev_t *ret);
dev_t __wrap_device_mounted(const struct machine *m, const char *dir);
bool __wrap_lies_on_targets(const char *sysfs, const struct anchor *a, dev_t dev);

static struct reader crypttab, mounts, fstab;

int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	buffer_add(&b, crypttab.at, crypttab.left);
	*ret = b;
	return 0;
}

FILE *__wrap_machine_stream(const struct machine *m, const char *path, size_t max)
{
	const struct reader *r = strcmp(path, "/etc/fstab") == 0 ? &fstab : &mounts;

	return r->left ? fmemopen((void *)r->at, r->left, "r") : NULL;
}

int __wrap_targets_anchor(const struct machine *m, struct error *err, struct anchor *ret)
{
	*ret = (struct anchor){ .target_count = 1 };
	return crypttab.left > 0 ? 0 : -ENOENT;
}

int __wrap_device_number(const struct machine *m, const char *spec, dev_t *ret)
{
	dev_t n = 0;

	while (*spec)
		n += (uint8_t)*spec++;
	*ret = n % 4;
	return *ret ? 0 : -ENOENT;
}

dev_t __wrap_device_mounted(const struct machine *m, const char *dir)
{
	return mounts.left % 4;
}

bool __wrap_lies_on_targets(const char *sysfs, const struct anchor *a, dev_t dev)
{
	return dev % 2;
}

static struct reader take(struct reader *r)
{
	const uint8_t *end = r->left ? memchr(r->at, '\0', r->left) : NULL;
	struct reader part;

	reader_take(r, end ? (size_t)(end - r->at) : r->left, &part);
	reader_skip(r, 1);
	return part;
}

static int look(void *context, const struct fstab_weakness *w)
{
	struct error err = ERROR_NONE;
	bool *system = context;

	if ((w->dir[0] != '/' && !w->swap) || fstab_explain(w, -1, &err) != -1 || !err.text[0])
		abort();
	*system |= w->system;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct machine machine;
	struct reader r = reader_new(data, n);
	struct error err = ERROR_NONE;
	bool system = false;

	crypttab = take(&r);
	mounts = take(&r);
	fstab = take(&r);
	fstab_each_weakness(&machine, look, &system);
	/*
	 * a machine whose /usr or /etc any disk can be is refused, no other is; every eighth time, because it
	 * reads all of it again
	 */
	if (n % 8 == 0 && ((fstab_require(&machine, &err) < 0) != system || system != (err.text[0] != '\0')))
		abort();
	return 0;
}
