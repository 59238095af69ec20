#include "machine/system/lvm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/blockdev.h"
#include "base/process.h"
#include "base/reader.h"
#include "machine/system/device.h"
#include "seal/lies_on.h"

#define LVM "LVM-"
#define LIST_MAX_LEN (1u << 20)
#define LIST_TIMEOUT_MS 60000
#define FIELD_MAX 256
#define MISSING "[unknown]" /* what pvs calls a disk that is not there */

struct look {
	const struct machine *machine;
	const struct anchor *anchor;
	char sysfs[PATH_MAX];
	bool above; /* a logical volume lies on the anchor's volumes */
};

static bool is_lvm(const char *sysfs, dev_t dev)
{
	char uuid[BLOCKDEV_LINE_MAX];

	return blockdev_dm_uuid(sysfs, dev, uuid) == 0 && strncmp(uuid, LVM, strlen(LVM)) == 0;
}

static int look_above(void *context, dev_t dev, const char *number)
{
	struct look *l = context;

	l->above |= is_lvm(l->sysfs, dev) && lies_on_targets(l->sysfs, l->anchor, dev);
	return 0;
}

struct below {
	const char *sysfs;
	int depth;
};

static int find_below(void *context, dev_t dev, const char *name)
{
	const struct below *b = context;
	struct below deeper = { .sysfs = b->sysfs, .depth = b->depth + 1 };

	return is_lvm(b->sysfs, dev) || (b->depth < LIES_ON_DEPTH_MAX &&
					 blockdev_each_slave(b->sysfs, dev, find_below, &deeper) == 1);
}

/* LUKS on LVM: those disks are in no list of ours. */
static bool any_below(const struct look *l)
{
	struct below b = { .sysfs = l->sysfs };
	dev_t dev;

	for (size_t i = 0; i < l->anchor->target_count; i++)
		if (blockdev_by_dm_name(l->sysfs, l->anchor->target[i].name, &dev) == 0 &&
		    blockdev_each_slave(l->sysfs, dev, find_below, &b) == 1)
			return true;
	return false;
}

/* A line of pvs: "  GROUP<tab>DISK<tab>UUID". */
struct disk {
	char group[FIELD_MAX], name[FIELD_MAX], uuid[FIELD_MAX];
	bool ours;
};

static bool next_disk(const struct look *l, struct reader *list, struct disk *ret)
{
	struct reader line;
	char text[3 * FIELD_MAX];
	dev_t dev;

	while (reader_line(list, &line)) {
		snprintf(text, sizeof(text), "%.*s", (int)line.left, (const char *)line.at);
		if (sscanf(text, " %255[^\t ]\t%255[^\t]\t%255[^\t ]", ret->group, ret->name, ret->uuid) != 3)
			continue;
		ret->ours = device_number(l->machine, ret->name, &dev) == 0 &&
			    lies_on_targets(l->sysfs, l->anchor, dev);
		return true;
	}
	return false;
}

/* Is a disk of ours in that group? */
static bool is_our_group(const struct look *l, const struct buffer *list, const char *group)
{
	struct reader rest = reader_new(list->data, list->len);
	struct disk d;

	while (next_disk(l, &rest, &d))
		if (d.ours && strcmp(d.group, group) == 0)
			return true;
	return false;
}

static void add_uuid(struct buffer *b, const char *uuid)
{
	for (; *uuid; uuid++)
		if (*uuid != '-')
			buffer_add(b, uuid, 1);
}

static int add_disk(const struct look *l, const struct disk *d, struct buffer *ret)
{
	char uuid[BLOCKDEV_LINE_MAX];
	dev_t dev = 0;

	if (device_number(l->machine, d->name, &dev) < 0 || blockdev_dm_uuid(l->sysfs, dev, uuid) < 0 ||
	    strncmp(uuid, "CRYPT-", 6) != 0)
		return -ENODEV;
	buffer_addf(ret, "IDTYPE=crypt_uuid IDNAME=%s DEVNAME=%s PVID=", uuid, d->name);
	add_uuid(ret, d->uuid);
	buffer_add_str(ret, "\n");
	return 0;
}

static bool is_luks2(const struct look *l, const struct disk *d)
{
	static const char luks2[] = "CRYPT-LUKS2-";
	char uuid[BLOCKDEV_LINE_MAX];
	dev_t dev;

	return device_number(l->machine, d->name, &dev) == 0 &&
	       blockdev_dm_uuid(l->sysfs, dev, uuid) == 0 && strncmp(uuid, luks2, strlen(luks2)) == 0;
}

static int refuse_missing(const struct disk *d, struct error *err)
{
	return error_set(err, -EOPNOTSUPP,
			 "the volume group '%.60s' has a disk that is not there: anyone could bring one with "
			 "its UUID, and a map of the whole group. Connect it; or, where nothing was left on "
			 "it, as after 'pvmove', 'vgreduce --removemissing %.60s'",
			 d->group, d->group);
}

static int refuse(const struct look *l, const struct disk *d, struct error *err)
{
	if (strcmp(d->name, MISSING) == 0)
		return refuse_missing(d, err);
	return error_set(err, -EOPNOTSUPP,
			 "the volume group '%.60s' has the disk '%.60s', which is not on an enrolled volume: "
			 "anyone who writes that disk writes the map of the whole group; %smove it out "
			 "('pvmove', then 'vgreduce %.60s %.60s')",
			 d->group, d->name,
			 is_luks2(l, d) ? "give its volume the option 'initramfs' in /etc/crypttab and run "
					  "'bootseal enroll', which enrolls it, too, or " :
					  "",
			 d->group, d->name);
}

static int take_list(const struct look *l, const struct buffer *list, struct error *err, struct buffer *ret)
{
	struct reader rest = reader_new(list->data, list->len);
	struct disk d;
	int r = 0;

	buffer_add_str(ret, "# made by bootseal: enrolled volumes only\nVERSION=1.1.1\n");
	while (r == 0 && next_disk(l, &rest, &d)) {
		if (!d.ours && is_our_group(l, list, d.group))
			return refuse(l, &d, err);
		/* an array or another mapping on enrolled volumes has no such name: then there is no list */
		if (d.ours)
			r = add_disk(l, &d, ret);
	}
	return r;
}

int lvm_devices(const struct machine *m, const struct anchor *a, struct error *err, struct buffer *ret)
{
	static const char *const argv[] = { "lvm", "pvs", "--noheadings", "--separator", "\t",
					    "-o", "vg_name,pv_name,pv_uuid", NULL };
	static const char *const env[] = { "LC_ALL=C", "LVM_SUPPRESS_FD_WARNINGS=1", NULL };
	const struct process p = { .argv = argv, .env = env, .timeout_ms = LIST_TIMEOUT_MS };
	struct buffer list = BUFFER_NONE, text = BUFFER_NONE;
	struct look l = { .machine = m, .anchor = a };
	int r;

	r = machine_path(m, "/sys", l.sysfs);
	if (r == 0)
		r = blockdev_all(l.sysfs, look_above, &l);
	if (r < 0 || !l.above || any_below(&l))
		return r == -ENOENT ? 0 : r;
	r = process_capture(&p, LIST_MAX_LEN, err, &list);
	if (r == 0)
		r = take_list(&l, &list, err, &text);
	if (r == 0 && !buffer_ok(&text))
		r = -ENOMEM;
	if (r == 0) {
		*ret = text;
		text = BUFFER_NONE;
	}
	buffer_free(&list);
	buffer_free(&text);
	return r == -ENODEV ? 0 : r;
}
