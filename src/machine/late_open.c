#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blockdev.h"
#include "machine/late.h"
#include "machine/record/late_volumes.h"
#include "machine/record/state.h"
#include "machine/system/device.h"
#include "machine/system/volumes.h"
#include "seal/crypttab_use.h"
#include "seal/lies_on.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

/* What is judged before any key is used; the volume is that header from now on. */
static int open_header(const char *device, const struct anchor_target *t, struct error *err,
		       struct volume **ret)
{
	char path[PATH_MAX];
	uint8_t pin[SHA256_LEN];
	int r;

	/* the link may change before the mapping is made */
	if (!realpath(device, path))
		return error_set(err, -errno, "%s: %s", device, strerror(errno));
	r = volume_open(path, err, ret);
	if (r < 0)
		return r;
	if (strcmp(volume_uuid(*ret), t->uuid) != 0)
		return error_set(err, -EKEYREJECTED, "%s: its UUID is not the enrolled %s", device, t->uuid);
	r = volume_pin(*ret, -1, err, pin);
	if (r == 0 && memcmp(pin, t->volume_pin, sizeof(pin)) != 0)
		r = error_set(err, -EKEYREJECTED,
			      "%s: its LUKS2 header changed: volume key or cipher differs "
			      "from the enrolled "
			      "one",
			      device);
	return r;
}

/* The one that our token names; no keyslot of a price that hangs the boot. -EPERM: there is none. */
static int find_keyslot(const struct volume *v, struct error *err, int *ret)
{
	struct volume_ways ways;
	uint8_t pin[SHA256_LEN];
	int r;

	volume_ways(v, &ways);
	if (__builtin_popcount(ways.late) != 1)
		return error_set(err, -EPERM, "its header has no keyslot for the key on the root");
	*ret = __builtin_ctz(ways.late);
	r = volume_pin(v, *ret, err, pin);
	return r == -EKEYREJECTED ? -EPERM : r;
}

int late_keyslot(struct volume *v, const struct secret *key, struct error *err, int *ret)
{
	int slot, r;

	r = find_keyslot(v, err, ret);
	return r < 0 ? r : volume_keyslot_test(v, *ret, key, err, &slot);
}

struct opening {
	const struct machine *machine;
	struct anchor_target pinned;
	struct crypttab tab;
	const struct crypttab_entry *line;
	struct volume *volume;
};

/* 1: there is something to open; 0: nothing to do. */
static int begin(struct opening *o, const char *name, struct error *err)
{
	char sysfs[PATH_MAX], device[PATH_MAX];
	struct anchor a;
	dev_t dev;
	int r;

	r = late_volumes_read(o->machine, err, &a);
	if (r < 0 || !anchor_find(&a, name))
		return r;
	o->pinned = *anchor_find(&a, name);
	r = machine_path(o->machine, "/sys", sysfs);
	if (r < 0)
		return r;
	if (blockdev_by_dm_name(sysfs, name, &dev) == 0) {
		a.target[0] = o->pinned;
		a.target_count = 1;
		if (lies_on_targets(sysfs, &a, dev))
			return 0;
		return error_set(err, -EKEYREJECTED,
				 "%s: another device has this mapping's name ('dmsetup info %s')", name,
				 name);
	}
	r = volumes_read_crypttab(o->machine, err, &o->tab);
	for (size_t i = 0; i < o->tab.count && r == 0 && !o->line; i++)
		if (strcmp(o->tab.entry[i].name, name) == 0)
			o->line = &o->tab.entry[i];
	if (r == 0 && !o->line)
		r = error_set(err, -ENOENT, "%s: /etc/crypttab has no line for it", name);
	if (r == 0)
		r = crypttab_check_entry(o->line, err);
	if (r == 0)
		r = machine_path(o->machine, o->line->device, device);
	if (r == 0)
		r = open_header(device, &o->pinned, err, &o->volume);
	return r < 0 ? r : 1;
}

static int activate(struct opening *o, const struct secret *key, int slot, struct error *err)
{
	const struct volume_mapping mapping = {
		.name = o->pinned.name, .keyslot = slot, .key = key, .flags = &o->line->flags
	};

	return volume_activate(o->volume, &mapping, err);
}

static int open_by_root(struct opening *o, struct error *err)
{
	struct secret key = SECRET_NONE;
	int slot, r;

	r = late_key_load(o->machine, err, &key);
	if (r == -ENOENT)
		return error_set(err, -EPERM, LATE_KEY_PATH ": missing");
	if (r == 0)
		r = find_keyslot(o->volume, err, &slot);
	/* opens the keyslot and checks the volume key in one step */
	if (r == 0)
		r = activate(o, &key, slot, err);
	secret_free(&key);
	return r;
}

static int open_by(struct opening *o, const struct secret *passphrase, struct error *err)
{
	int slot, r;

	r = volume_keyslot_test(o->volume, -1, passphrase, err, &slot);
	return r < 0 ? r : activate(o, passphrase, slot, err);
}

/* passphrase: NULL for the key on the root. */
static int open_late(const struct machine *m, const char *name, const struct secret *passphrase,
		     struct error *err)
{
	struct opening *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->machine = m;
	r = begin(o, name, err);
	if (r == 1)
		r = passphrase ? open_by(o, passphrase, err) : open_by_root(o, err);
	volume_close(o->volume);
	free(o);
	return r;
}

int late_open(const struct machine *m, const char *name, struct error *err)
{
	return open_late(m, name, NULL, err);
}

int late_open_by(const struct machine *m, const char *name, const struct secret *passphrase,
		 struct error *err)
{
	return open_late(m, name, passphrase, err);
}

static int check(const struct machine *m, const struct anchor_target *t, const char *device,
		 struct error *err)
{
	struct secret key = SECRET_NONE;
	struct volume *v = NULL;
	int slot, r;

	r = open_header(device, t, err, &v);
	if (r == 0) {
		r = late_key_load(m, err, &key);
		if (r == -ENOENT)
			r = error_set(err, -EPERM, LATE_KEY_PATH ": missing");
	}
	if (r == 0)
		r = late_keyslot(v, &key, err, &slot);
	secret_free(&key);
	volume_close(v);
	return r;
}

int late_check(const struct machine *m, const struct anchor_target *t, struct error *err)
{
	struct error why = ERROR_NONE;
	char device[PATH_MAX];
	int r;

	r = target_device(m, t->uuid, err, device);
	if (r < 0)
		return r;
	r = check(m, t, device, &why);
	return r == 0 ? 0
		      : error_set(err, r, "%.300s; %s'bootseal enroll' enrolls it again", why.text,
				  r == -EKEYREJECTED ? PERHAPS_AN_ATTACK : "");
}
