#include "machine/chain/chain_grub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/chain/chain_grub_initrd.h"
#include "measure/efi/sbat.h"
#include "measure/grub/build.h"
#include "measure/log/compare.h"

#define GUESSED_DISKS 3u

static const struct sb_image *own_image(const struct chain *c)
{
	return &c->image[c->image_count - 1];
}

/* What has no model can get one, when somebody sends what it would be made from. */
static int refuse(const struct sb_image *image, int r, struct error *err)
{
	struct error why = err ? *err : ERROR_NONE;

	if (r != -EOPNOTSUPP)
		return error_prefix(err, r, "%s", image->name);
	return error_set(err, r, "%s: %.300s; 'bootseal report FILE' collects what a model of it needs",
			 image->name, why.text);
}

/* Which GRUB this is, and what was built into it. */
static int read_image(struct chain *c, struct chain_grub *own, struct error *err)
{
	const struct sb_image *image = own_image(c);
	struct grub_machine *g = &own->machine;
	struct reader section;
	struct pe pe;
	int r;

	r = pe_parse(&image->file, err, &pe);
	if (r == 0 && !sbat_find(&pe, &section))
		r = error_set(err, -EOPNOTSUPP, "unknown GRUB image: it has no section .sbat");
	if (r == 0)
		r = grub_build_from_sbat(&section, err, &g->build);
	if (r == 0 && pe_section(&pe, "mods", &section))
		r = grub_image_read(&section, g->build, err, &own->image);
	if (r < 0)
		return refuse(image, r, err);
	g->modules = own->image.modules;
	g->embedded = own->image.embedded;
	g->prefix = own->image.prefix && *own->image.prefix ? own->image.prefix : NULL;
	return 0;
}

static void fill_model(struct chain *c, struct chain_grub *own)
{
	struct grub_machine *g = &own->machine;
	char *slash;

	g->secure_boot = c->secure_boot;
	g->devices = own->devices.at;
	g->device_count = own->devices.n;
	g->files = &own->devices.files;
	g->boot_device = own->devices.boot_device;
	snprintf(own->boot_dir, sizeof(own->boot_dir), "%s", own_image(c)->name);
	slash = strrchr(own->boot_dir, '/');
	if (slash)
		*slash = '\0';
	g->boot_dir = own->boot_dir;
	g->no_fwsetup = !c->vars.fwsetup;
}

/* How many events of this boot the model makes when nobody touches the keyboard. */
static size_t agreeing(const struct chain *c)
{
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;
	struct comparison k = { .agreed = 0 };

	if (predict(&c->model, &untouched, NULL, &p) == 0)
		compare_events(&c->logged, &p.events, boot_facts_pcrs(&c->model), &k);
	prediction_free(&p);
	return k.agreed;
}

/*
 * Whether GRUB found a screen, nothing tells afterwards but its own events; where there are none it does not
 * matter.
 */
static void fit_graphics(struct chain *c, struct chain_grub *own)
{
	bool *none = &own->machine.no_graphics;
	size_t with = agreeing(c), without;

	*none = true;
	without = agreeing(c);
	*none = without > with;
}

static int load(struct chain *c, struct error *err)
{
	struct chain_grub *own = calloc(1, sizeof(*own));
	int r;

	if (!own)
		return error_set(err, -ENOMEM, "out of memory");
	c->own = own;
	c->model.own = &own->machine;
	grub_disk_find(&c->logged, c->started.image[c->started.n - 1].at + 1, own->disk);
	r = read_image(c, own, err);
	if (r == 0)
		r = grub_devices_new(c, own->disk, err, &own->devices);
	if (r < 0)
		return r;
	fill_model(c, own);
	fit_graphics(c, own);
	return 0;
}

/* The boot disk's number, and whether there was a screen. */
static int guess(struct chain *c, unsigned n, struct error *err)
{
	struct chain_grub *own = c->own;
	int r = 0;

	if (n / 2 >= GUESSED_DISKS)
		return -ENOENT;
	if (n % 2 == 0 && n > 0) {
		snprintf(own->disk, sizeof(own->disk), "hd%u", n / 2);
		grub_devices_free(&own->devices);
		r = grub_devices_new(c, own->disk, err, &own->devices);
		if (r == 0)
			fill_model(c, own);
	}
	own->machine.no_graphics = n % 2;
	return r;
}

static void unload(struct chain *c)
{
	struct chain_grub *own = c->own;

	if (!own)
		return;
	grub_image_free(&own->image);
	grub_devices_free(&own->devices);
	free(own);
	c->own = NULL;
}

/*
 * Also when a boot path has the boot disk under a number that it has not now: then it is the disk of the EFI
 * partition.
 */
static int locate(const struct chain *c, const char *device, size_t device_len, const char **ret_base)
{
	const char *comma = memchr(device, ',', device_len);
	const struct chain_grub *own = c->own;
	const struct grub_device *d;
	char now[64];

	d = grub_devices_find(&own->devices, device, device_len);
	if (!d && comma) {
		snprintf(now, sizeof(now), "%s%.*s", own->disk, (int)(device + device_len - comma), comma);
		d = grub_devices_find(&own->devices, now, strlen(now));
	}
	if (!d)
		return -ENODEV;
	if (!d->files)
		return -ENOMEDIUM;
	*ret_base = d->files;
	return 0;
}

/* update-grub and grub-reboot by hand call no hook */
static const char *const watched[] = { "/boot/grub/grub.cfg",  "/boot/grub/grubenv", "/boot/efi/EFI/debian",
				       "/boot/efi/EFI/ubuntu", "/boot/efi/EFI/BOOT", NULL };
static const char *const synced[] = { "/boot", "/boot/efi", "/efi", NULL };
static const char *const settings[] = { "/etc/default/grub", "/etc/default/grub.d/", "/etc/grub.d/", NULL };

const struct chain_loader chain_grub = {
	.model = &boot_loader_grub,
	.component = "grub",
	.load = load,
	.free = unload,
	.guess = guess,
	.locate = locate,
	.watched = watched,
	.synced = synced,
	.initrd_switch = &chain_grub_initrd,
	.settings = settings,
};
