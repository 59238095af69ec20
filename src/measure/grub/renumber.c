#include "measure/grub/renumber.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_NUMBER_MAX 64u
#define DEVICE_NAME_MAX 32

/* Length of the disk's part of a device name: "hd0" of "hd0,gpt2". */
static size_t disk_len(const char *name)
{
	return strcspn(name, ",");
}

static bool same_disk(const char *a, const char *b)
{
	return disk_len(a) == disk_len(b) && memcmp(a, b, disk_len(a)) == 0;
}

static bool is_hard_disk(const char *name)
{
	return name[0] == 'h' && name[1] == 'd' && strspn(name + 2, "0123456789") == disk_len(name) - 2;
}

/* Is there nothing on it that GRUB could read? */
static bool is_blank(const struct grub_device *d)
{
	return !d->fs && !strchr(d->name, ',');
}

static unsigned number_of(const char *name)
{
	unsigned n = 0;

	for (size_t i = 2; i < disk_len(name) && n <= DISK_NUMBER_MAX; i++)
		n = 10 * n + name[i] - '0';
	return n;
}

int grub_disks_find(const struct grub_machine *g, struct grub_disks *ret)
{
	struct grub_disks d = { .other = GRUB_NO_DISK };

	if (!g->boot_device || !is_hard_disk(g->boot_device))
		return -EOPNOTSUPP;
	d.boot = number_of(g->boot_device);
	for (size_t i = 0; i < g->device_count; i++) {
		const char *name = g->devices[i].name;

		if (same_disk(name, g->boot_device) || is_blank(&g->devices[i]))
			continue;
		if (!is_hard_disk(name) || (d.other != GRUB_NO_DISK && d.other != number_of(name)))
			return -EOPNOTSUPP;
		d.other = number_of(name);
	}
	if (d.boot > DISK_NUMBER_MAX || (d.other != GRUB_NO_DISK && d.other > DISK_NUMBER_MAX))
		return -EOPNOTSUPP;
	*ret = d;
	return 0;
}

struct renumbered {
	struct grub_machine machine;
	struct grub_device *device;
	const char **original;
	char (*name)[DEVICE_NAME_MAX];
	size_t n;
	char memory[] __attribute__((aligned(16)));
};

static struct renumbered *make_room(const struct grub_machine *g, size_t n)
{
	size_t each = sizeof(struct grub_device) + sizeof(const char *) + DEVICE_NAME_MAX;
	struct renumbered *r = calloc(1, sizeof(*r) + n * each);

	if (!r)
		return NULL;
	r->machine = *g;
	r->device = (struct grub_device *)r->memory;
	r->original = (const char **)(r->device + n);
	r->name = (char (*)[DEVICE_NAME_MAX])(r->original + n);
	return r;
}

/* d: of the original g; NULL for a disk that is not there. */
static void add_device(struct renumbered *r, const struct grub_machine *g, unsigned number,
		       const struct grub_device *d)
{
	char *name = r->name[r->n];

	snprintf(name, DEVICE_NAME_MAX, "hd%u%s", number, d ? d->name + disk_len(d->name) : "");
	if (d) {
		r->device[r->n] = *d;
		r->original[r->n] = d->name;
		if (strcmp(d->name, g->boot_device) == 0)
			r->machine.boot_device = name;
	}
	r->device[r->n++].name = name;
}

/* All of the disk that has that number in the original. */
static void add_disk(struct renumbered *r, const struct grub_machine *g, unsigned number, unsigned original)
{
	for (size_t i = 0; i < g->device_count; i++)
		if (is_hard_disk(g->devices[i].name) && number_of(g->devices[i].name) == original)
			add_device(r, g, number, &g->devices[i]);
}

int grub_renumber(const struct grub_machine *g, const struct grub_disks *to, struct grub_machine **ret)
{
	bool two = to->other != GRUB_NO_DISK;
	struct renumbered *made;
	struct grub_disks now;
	unsigned last = two && to->other > to->boot ? to->other : to->boot;
	int r;

	r = grub_disks_find(g, &now);
	if (r < 0)
		return r;
	if (last > DISK_NUMBER_MAX || two != (now.other != GRUB_NO_DISK) || to->boot == to->other)
		return -EOPNOTSUPP;
	made = make_room(g, g->device_count + last + 1);
	if (!made)
		return -ENOMEM;
	for (unsigned i = 0; i <= last; i++) {
		if (i == to->boot)
			add_disk(made, g, i, now.boot);
		else if (two && i == to->other)
			add_disk(made, g, i, now.other);
		else
			add_device(made, g, i, NULL);
	}
	made->machine.devices = made->device;
	made->machine.original_names = made->original;
	made->machine.device_count = made->n;
	*ret = &made->machine;
	return 0;
}
