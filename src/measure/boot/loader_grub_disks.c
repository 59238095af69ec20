#include "measure/boot/loader_grub_disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/grub.h"
#include "measure/grub/renumber.h"

#define LAYOUTS_MAX 8

struct layouts {
	const struct grub_machine *now;
	struct grub_disks disks;
	boot_variant_fn each;
	void *context;
	unsigned n;
};

/* The disks before the first of the two that count, and those between them. */
struct gaps {
	int before, between;
};

static struct gaps gaps_of(const struct grub_disks *d)
{
	if (d->other == GRUB_NO_DISK)
		return (struct gaps){ .before = d->boot };
	if (d->boot < d->other)
		return (struct gaps){ .before = d->boot, .between = d->other - d->boot - 1 };
	return (struct gaps){ .before = d->other, .between = d->boot - d->other - 1 };
}

static struct grub_disks disks_of(const struct grub_disks *now, const struct gaps *g)
{
	unsigned first = g->before, second = g->before + 1 + g->between;

	if (now->other == GRUB_NO_DISK)
		return (struct grub_disks){ .boot = first, .other = GRUB_NO_DISK };
	if (now->boot < now->other)
		return (struct grub_disks){ .boot = first, .other = second };
	return (struct grub_disks){ .boot = second, .other = first };
}

static int hand_on(struct layouts *l, const struct gaps *g)
{
	struct grub_disks to = disks_of(&l->disks, g);
	struct boot_variant v = BOOT_VARIANT_NONE;
	struct grub_machine *then;
	int r;

	r = grub_renumber(l->now, &to, &then);
	if (r < 0)
		return r == -EOPNOTSUPP ? 0 : r;
	v.memory = then;
	v.own = then;
	if (to.other == GRUB_NO_DISK) {
		snprintf(v.note, sizeof(v.note), ", boot disk as hd%u", to.boot);
		snprintf(v.key, sizeof(v.key), " disk %s", then->boot_device);
	} else {
		snprintf(v.note, sizeof(v.note), ", EFI disk as hd%u, /boot's as hd%u", to.boot, to.other);
		snprintf(v.key, sizeof(v.key), " disks %s hd%u", then->boot_device, to.other);
	}
	r = hash_sha256(v.key, strlen(v.key), v.id);
	if (r < 0) {
		boot_variant_free(&v);
		return r;
	}
	l->n++;
	return l->each(l->context, &v);
}

/*
 * GRUB numbers the disks in the firmware's order, so a disk that comes or goes moves those behind it. One may
 * come, any may go; the smallest changes first.
 */
int loader_grub_layouts(const struct boot_facts *facts, boot_variant_fn each, void *context)
{
	struct layouts l = { .now = facts->own, .each = each, .context = context };
	struct gaps now, g;
	int r;

	r = grub_disks_find(l.now, &l.disks);
	if (r < 0)
		return r == -EOPNOTSUPP ? 0 : r;
	now = gaps_of(&l.disks);
	for (int far = 1; far <= now.before + now.between + 1 && r == 0; far++)
		for (g.before = now.before + 1; g.before >= 0; g.before--)
			for (g.between = now.between + 1; g.between >= 0; g.between--) {
				if (abs(g.before - now.before) + abs(g.between - now.between) != far ||
				    g.before + g.between > now.before + now.between + 1 ||
				    (l.disks.other == GRUB_NO_DISK && g.between > 0))
					continue;
				if (r == 0 && l.n < LAYOUTS_MAX)
					r = hand_on(&l, &g);
			}
	return r;
}
