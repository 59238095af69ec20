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
#include "machine/system/device_guard.h"
#include "machine/system/late.h"
#include "machine/system/targets.h"
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

/* The one that our token names; no keyslot so expensive that it hangs the boot. -EPERM: there is none. */
static int find_keyslot(const struct volume *v, struct error *err, int *ret)
{
	struct volume_ways ways;
	uint8_t pin[SHA256_LEN];
	int r;

	*ret = -1;
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
	if (r < 0)
		return r;
	r = volume_keyslot_test(v, *ret, key, err, &slot);
	return r == -EPERM ? error_set(err, r, "the key on the root does not open keyslot %d", *ret) : r;
}

struct opening {
	const struct machine *machine;
	struct anchor_target pinned;
	struct crypttab tab;
	const struct crypttab_entry *line;
	struct volume *volume;
};

static int find_line(struct opening *o, struct error *err)
{
	const char *name = o->pinned.name;
	int r;

	r = volumes_read_crypttab(o->machine, err, &o->tab);
	if (r < 0)
		return r;
	for (size_t i = 0; i < o->tab.count && !o->line; i++)
		if (strcmp(o->tab.entry[i].name, name) == 0)
			o->line = &o->tab.entry[i];
	if (!o->line)
		return error_set(err, -ENODATA,
				 "/etc/crypttab has no line for it any more; 'bootseal remove --volume %s' "
				 "removes it from what is enrolled",
				 name);
	return crypttab_check_entry(o->line, err);
}

static int open_line(struct opening *o, struct error *err)
{
	char device[PATH_MAX];
	int r;

	r = machine_path(o->machine, o->line->device, device);
	return r < 0 ? r : open_header(device, &o->pinned, err, &o->volume);
}

/*
 * Under its name a mapping is there: of the initramfs, perhaps, where a person may have been asked. Its
 * UUID is what a header says. 1: it was not used and is closed, to be opened by us; 0: it is used, and the
 * header under it is the enrolled one.
 */
static int take_over(struct opening *o, const char *sysfs, dev_t dev, struct error *err)
{
	struct anchor one = { .target_count = 1, .target[0] = o->pinned };
	char device[PATH_MAX];
	int r;

	if (!lies_on_targets(sysfs, &one, dev))
		return error_set(err, -EKEYREJECTED,
				 "what is open under its name is not the enrolled volume");
	r = target_device(o->machine, o->pinned.uuid, err, device);
	if (r == 0)
		r = open_header(device, &o->pinned, err, &o->volume);
	if (r < 0)
		return r;
	volume_close(o->volume);
	o->volume = NULL;
	return volume_deactivate(o->pinned.name, NULL) == 0;
}

/* 1: there is something to open; 0: nothing to do. */
static int begin(struct opening *o, const char *name, struct error *err)
{
	char sysfs[PATH_MAX];
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
		r = take_over(o, sysfs, dev, err);
		if (r <= 0)
			return r;
	}
	r = find_line(o, err);
	if (r == 0)
		r = open_line(o, err);
	return r < 0 ? r : 1;
}

static int activate(struct opening *o, const struct secret *key, int slot, struct error *err)
{
	const struct volume_mapping mapping = {
		.name = o->pinned.name, .keyslot = slot, .key = key, .flags = &o->line->flags
	};

	return volume_activate(o->volume, &mapping, err);
}

/* -EPERM, too, when it is missing or damaged: a new one would be another key. */
static int load_key(const struct machine *m, struct error *err, struct secret *ret)
{
	int r = late_key_load(m, err, ret);

	if (r == -ENOENT)
		return error_set(err, -EPERM, LATE_KEY_PATH ": missing");
	return r == -EBADMSG ? -EPERM : r;
}

static int open_by_root(struct opening *o, struct error *err)
{
	struct secret key = SECRET_NONE;
	int slot, r;

	r = load_key(o->machine, err, &key);
	if (r == 0)
		r = find_keyslot(o->volume, err, &slot);
	/* opens the keyslot and checks the volume key in one step */
	if (r == 0)
		r = activate(o, &key, slot, err);
	secret_free(&key);
	/* a keyslot that cannot be read: another one may be */
	return r == -EIO ? -EPERM : r;
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

struct crypttab_asking late_asking(const struct machine *m, const char *name)
{
	struct opening *o = calloc(1, sizeof(*o));
	struct crypttab_asking as = { .headless = false };

	if (!o)
		return as;
	o->machine = m;
	snprintf(o->pinned.name, sizeof(o->pinned.name), "%s", name);
	find_line(o, NULL);
	if (o->line)
		as = o->line->others.asking;
	free(o);
	return as;
}

static int check(struct opening *o, struct error *err)
{
	struct secret key = SECRET_NONE;
	int slot, r;

	r = open_line(o, err);
	if (r == 0)
		r = load_key(o->machine, err, &key);
	if (r == 0)
		r = late_keyslot(o->volume, &key, err, &slot);
	secret_free(&key);
	return r;
}

static int advise(int r, const struct error *why, const char *name, struct error *err)
{
	if (r == -EBADMSG)
		return error_set(err, r,
				 "%.300s; 'cryptsetup luksHeaderRestore' writes a header back, if you have "
				 "a copy of it",
				 why->text);
	if (r == -EKEYREJECTED)
		return error_set(err, r,
				 "%.300s; " PERHAPS_AN_ATTACK "a 'cryptsetup reencrypt' that was begun has "
				 "to be finished; 'bootseal enroll --volume %s' enrolls it again",
				 why->text, name);
	if (r == -EPERM)
		return error_set(err, r, "%.300s; 'bootseal enroll --volume %s' makes a new keyslot",
				 why->text, name);
	return error_set(err, r, "%s", why->text);
}

int late_check(const struct machine *m, const struct anchor_target *t, struct error *err)
{
	struct opening *o = calloc(1, sizeof(*o));
	struct error why = ERROR_NONE;
	int r;

	if (!o)
		return -ENOMEM;
	o->machine = m;
	o->pinned = *t;
	r = find_line(o, err);
	if (r < 0)
		goto out;
	if (!late_systemd_opens(m)) {
		r = error_set(err, -EOPNOTSUPP,
			      "systemd does not open it; install the package systemd-cryptsetup");
	} else if (!device_guard_opens(m, t)) {
		r = error_set(err, -EOPNOTSUPP,
			      "the drop-in with which systemd opens it is missing or was changed; 'bootseal "
			      "reseal' writes it again");
	} else {
		r = check(o, &why);
		if (r < 0)
			advise(r, &why, t->name, err);
	}
out:
	volume_close(o->volume);
	free(o);
	return r;
}
