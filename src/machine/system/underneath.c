#include "machine/system/underneath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "seal/lies_on.h"

#define LUKS2 "CRYPT-LUKS2-"

struct walk {
	const struct machine *machine;
	char sysfs[PATH_MAX];
	const char *what;
	struct error *err;
	struct target *found;
	size_t n;
	bool encrypted, plain;         /* leaves of both kinds were seen */
	char first[BLOCKDEV_LINE_MAX]; /* name of the first plain one */
};

/* One step down. */
struct step {
	struct walk *walk;
	int depth;
	bool any;
};

static int follow(struct walk *w, dev_t dev, const char *name, int depth);

static int unreadable(const struct walk *w, dev_t dev, const char *file, int r)
{
	return error_set(w->err, r, "%.200s/dev/block/%u:%u/%s, under %s: cannot read: %s", w->sysfs,
			 major(dev), minor(dev), file, w->what, strerror(-r));
}

/* cryptsetup's name for a mapping that is no LUKS2 volume. */
static int other_format(const struct walk *w, const char *uuid, const char *name)
{
	if (strncmp(uuid, "CRYPT-LUKS1-", 12) == 0)
		return error_set(w->err, -EOPNOTSUPP,
				 "%s is on the volume '%.40s', which is LUKS1: its header has no room for "
				 "the TPM's key; 'cryptsetup convert DEVICE --type luks2', run from a "
				 "rescue system with a backup of the header at hand, makes it LUKS2",
				 w->what, name);
	if (strncmp(uuid, "CRYPT-PLAIN-", 12) == 0)
		return error_set(w->err, -EOPNOTSUPP,
				 "%s is on the volume '%.40s', which is plain dm-crypt, without a header "
				 "that could hold the TPM's key; only LUKS2 is supported",
				 w->what, name);
	return error_set(w->err, -EOPNOTSUPP, "%s is on '%.40s' (%.40s), which is not a LUKS2 volume",
			 w->what, name, uuid);
}

static int count_one(void *context, dev_t dev, const char *name)
{
	struct step *s = context;

	s->any = true;
	return follow(s->walk, dev, name, s->depth);
}

/* The one device under a volume's mapping. */
struct below {
	char name[BLOCKDEV_LINE_MAX];
	dev_t dev;
	size_t n;
};

static int take_one(void *context, dev_t dev, const char *name)
{
	struct below *b = context;

	snprintf(b->name, sizeof(b->name), "%s", name);
	b->dev = dev;
	b->n++;
	return 0;
}

/* Does one of the volumes that dm-crypt made lie under it? */
static int is_encrypted(void *context, dev_t dev, const char *name)
{
	struct step *s = context, below = { .walk = s->walk, .depth = s->depth + 1 };
	char uuid[BLOCKDEV_LINE_MAX];

	if (blockdev_dm_uuid(s->walk->sysfs, dev, uuid) == 0 && strncmp(uuid, "CRYPT-", 6) == 0)
		return 1;
	return s->depth < LIES_ON_DEPTH_MAX &&
	       blockdev_each_slave(s->walk->sysfs, dev, is_encrypted, &below) == 1;
}

/* cryptsetup puts dm-integrity under the mapping of a volume that has it; its prefix was CRYPT- once. */
static int refuse_below(struct walk *w, const struct below *b, const char *name)
{
	struct step s = { .walk = w };
	char uuid[BLOCKDEV_LINE_MAX] = "";

	if (b->dev && blockdev_dm_uuid(w->sysfs, b->dev, uuid) == 0 &&
	    (strncmp(uuid, "SUBDEV-", 7) == 0 || strncmp(uuid, "CRYPT-INTEGRITY-", 16) == 0))
		return error_set(w->err, -EOPNOTSUPP,
				 "the volume '%.60s' has dm-integrity ('cryptsetup luksFormat --integrity'), "
				 "which is not supported",
				 name);
	if (b->dev && is_encrypted(&s, b->dev, b->name))
		return error_set(w->err, -EOPNOTSUPP,
				 "the volume '%.60s' lies in another encrypted volume, which has to be open "
				 "first: that is not supported; one of the two is enough",
				 name);
	return 0;
}

static int find_below(struct walk *w, dev_t dev, const char *name, struct below *ret)
{
	int r;

	*ret = (struct below){ .n = 0 };
	r = blockdev_each_slave(w->sysfs, dev, take_one, ret);
	if (r < 0)
		return unreadable(w, dev, "slaves", r);
	if (ret->n != 1)
		return error_set(w->err, -EOPNOTSUPP,
				 "the volume '%.60s' is on %zu devices; exactly one is supported", name,
				 ret->n);
	return refuse_below(w, ret, name);
}

/* "CRYPT-LUKS2-5ea1ab1e000040008000000000000001-cryptroot" */
static bool take_uuid(const char *dm_uuid, char ret[static 37])
{
	const char *hex = dm_uuid + strlen(LUKS2);
	size_t n = 0;

	for (size_t i = 0; i < 32; i++) {
		if (!(hex[i] >= '0' && hex[i] <= '9') && !(hex[i] >= 'a' && hex[i] <= 'f'))
			return false;
		if (i == 8 || i == 12 || i == 16 || i == 20)
			ret[n++] = '-';
		ret[n++] = hex[i];
	}
	ret[n] = '\0';
	return hex[32] == '-';
}

static int add_volume(struct walk *w, dev_t dev, const char *uuid)
{
	char name[BLOCKDEV_LINE_MAX];
	struct target *t = &w->found[w->n];
	struct below below;
	int r = blockdev_dm_name(w->sysfs, dev, name);

	if (r < 0)
		return unreadable(w, dev, "dm/name", r);
	w->encrypted = true;
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->found[i].name, name) == 0)
			return 0;
	if (w->n == TARGET_MAX)
		return error_set(w->err, -E2BIG, "%s: more than %d encrypted volumes have to be open for it",
				 w->what, TARGET_MAX);
	if (!anchor_takes_name(name))
		return error_set(w->err, -EOPNOTSUPP,
				 "the mapping under %s is called '%.60s': only letters, digits and +_.@=- "
				 "are supported in its name, which must not begin with a dot or a dash; "
				 "change it in /etc/crypttab and /etc/fstab, run 'update-initramfs -u -k "
				 "all' and 'update-grub', and restart",
				 w->what, name);
	r = find_below(w, dev, name, &below);
	if (r < 0)
		return r;
	*t = (struct target){ .name = "" };
	memcpy(t->name, name, strlen(name) + 1); /* anchor_takes_name() knows its length */
	if (!take_uuid(uuid, t->uuid))
		return error_set(w->err, -EOPNOTSUPP,
				 "the volume '%.60s': device-mapper's '%.100s' names no LUKS2 volume", name,
				 uuid);
	if (snprintf(t->device, sizeof(t->device), "%s/dev/%s", w->machine->root, below.name) >=
	    (int)sizeof(t->device))
		return error_set(w->err, -ENAMETOOLONG, "%s/dev/%s: path too long", w->machine->root,
				 below.name);
	w->n++;
	return 0;
}

static int follow(struct walk *w, dev_t dev, const char *name, int depth)
{
	struct step below = { .walk = w, .depth = depth + 1 };
	char uuid[BLOCKDEV_LINE_MAX], shown[BLOCKDEV_LINE_MAX];
	int r;

	if (dev && blockdev_name(w->sysfs, dev, shown) == 0)
		name = shown;
	r = dev ? blockdev_dm_uuid(w->sysfs, dev, uuid) : -ENOENT;
	if (r < 0 && r != -ENOENT)
		return unreadable(w, dev, "dm/uuid", r);
	if (r == 0 && strncmp(uuid, LUKS2, strlen(LUKS2)) == 0)
		return add_volume(w, dev, uuid);
	if (r == 0 && strncmp(uuid, "CRYPT-", 6) == 0)
		return other_format(w, uuid, name);
	if (depth == LIES_ON_DEPTH_MAX)
		return error_set(w->err, -EOPNOTSUPP, "%s lies on more than %d devices on one another",
				 w->what, depth);
	r = dev ? blockdev_each_slave(w->sysfs, dev, count_one, &below) : -ENOENT;
	if (r < 0 && (r != -ENOENT || below.any))
		return r;
	if (!below.any && !w->plain)
		snprintf(w->first, sizeof(w->first), "%s", name);
	w->plain |= !below.any;
	return 0;
}

static int follow_companion(void *context, dev_t dev, const char *name)
{
	return follow(context, dev, name, 0);
}

int underneath(const struct machine *m, dev_t dev, const char *what, struct error *err,
	       struct target ret[static TARGET_MAX], size_t *n)
{
	struct walk w = { .machine = m, .what = what, .err = err, .found = ret, .n = *n };
	int r;

	r = machine_path(m, "/sys", w.sysfs);
	if (r == 0)
		r = follow(&w, dev, "", 0);
	/* btrfs joins all devices with the file system's UUID */
	if (r == 0)
		r = blockdev_each_companion(w.sysfs, dev, follow_companion, &w);
	if (r < 0)
		return r;
	if (w.plain && !w.encrypted)
		return error_set(err, -EOPNOTSUPP, "%s is not encrypted: there is nothing to enroll", what);
	if (w.plain)
		return error_set(err, -EOPNOTSUPP,
				 "%s lies on '%.60s', too, which is not encrypted: anyone who writes that "
				 "disk writes to it, and a boot that the TPM unlocks would restart "
				 "because of it; move it to encrypted volumes only",
				 what, w.first);
	*n = w.n;
	return 0;
}
