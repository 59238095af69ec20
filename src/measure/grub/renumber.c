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

static int count_boot_disk(const struct grub_machine *g, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < g->device_count; i++) {
		if (same_disk(g->devices[i].name, g->boot_device))
			n++;
		else if (!is_blank(&g->devices[i]))
			return -EOPNOTSUPP;
	}
	*ret = n;
	return 0;
}

int grub_renumber(const struct grub_machine *g, unsigned number, struct grub_machine **ret)
{
	struct {
		struct grub_machine machine;
		struct grub_device device[];
	} *block;
	struct grub_device *d;
	char (*name)[DEVICE_NAME_MAX];
	size_t n, at = 0;
	int r;

	if (!g->boot_device || !is_hard_disk(g->boot_device) || number > DISK_NUMBER_MAX)
		return -EOPNOTSUPP;
	r = count_boot_disk(g, &n);
	if (r < 0)
		return r;
	n += number + 1;
	block = calloc(1, sizeof(*block) + n * (sizeof(*d) + sizeof(*name)));
	if (!block)
		return -ENOMEM;
	d = block->device;
	name = (char (*)[DEVICE_NAME_MAX])(d + n);
	for (; at < number; at++)
		snprintf(name[at], sizeof(name[at]), "hd%zu", at);
	for (size_t i = 0; i < g->device_count; i++) {
		if (!same_disk(g->devices[i].name, g->boot_device))
			continue;
		d[at] = g->devices[i];
		snprintf(name[at], sizeof(name[at]), "hd%u%s", number, d[at].name + disk_len(d[at].name));
		at++;
	}
	snprintf(name[at], sizeof(name[at]), "hd%u%s", number, g->boot_device + disk_len(g->boot_device));
	for (size_t i = 0; i < at; i++)
		d[i].name = name[i];
	block->machine = *g;
	block->machine.devices = d;
	block->machine.device_count = at;
	block->machine.boot_device = name[at];
	*ret = &block->machine;
	return 0;
}
