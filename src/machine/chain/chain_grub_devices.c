#include "machine/chain/chain_grub_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *blkid, *grub;
} file_systems[] = {
	{ "vfat", "fat" },   { "ext2", "ext2" },   { "ext3", "ext2" }, { "ext4", "ext2" },
	{ "xfs", "xfs" },    { "btrfs", "btrfs" }, { "f2fs", "f2fs" }, { "exfat", "exfat" },
	{ "ntfs", "ntfs" },  { "udf", "udf" },     { "jfs", "jfs" },   { "iso9660", "iso9660" },
	{ "hfsplus", "hfsplus" },
};

/* Of blkid's types those that GRUB reads with a module that no signed image has built in. */
static const char *const module_file_systems[] = { "befs", "hfs",   "minix", "nilfs2", "reiserfs",
						   "romfs", "ufs", "affs" };

static const char *text_or_null(const char *s)
{
	return *s ? s : NULL;
}

static const char *grub_fs(const char *blkid)
{
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++)
		if (strcmp(file_systems[i].blkid, blkid) == 0)
			return file_systems[i].grub;
	return NULL;
}

static const char *grub_module_fs(const char *blkid)
{
	for (size_t i = 0; i < sizeof(module_file_systems) / sizeof(module_file_systems[0]); i++)
		if (strcmp(module_file_systems[i], blkid) == 0)
			return module_file_systems[i];
	return NULL;
}

static bool same_disk(const struct partition *a, const struct partition *b)
{
	return a->disk_major == b->disk_major && a->disk_minor == b->disk_minor;
}

/* GRUB's first event names the file or directory that it looks at: "... (hd0,gpt1)/EFI/debian ...". */
void grub_disk_find(const struct event_list *events, size_t from, char ret[static 16])
{
	const char *open;
	unsigned number;

	for (size_t i = from; i < events->n; i++) {
		if (events->e[i].pcr != 8 && events->e[i].pcr != 9)
			continue;
		open = strstr(events->e[i].what, "(hd");
		if (open && sscanf(open, "(hd%u,", &number) == 1 && number < 1000) {
			snprintf(ret, 16, "hd%u", number);
			return;
		}
	}
	strcpy(ret, "hd0");
}

/* Another disk's number in the log: the first one that is not the ESP's. */
static bool other_number(const struct event_list *events, unsigned esp, unsigned *ret)
{
	const char *open;
	unsigned number;

	for (size_t i = 0; i < events->n; i++) {
		if (events->e[i].pcr != 8 && events->e[i].pcr != 9)
			continue;
		for (open = strstr(events->e[i].what, "(hd"); open; open = strstr(open + 1, "(hd"))
			if (sscanf(open, "(hd%u,", &number) == 1 && number != esp && number < DISKS_MAX) {
				*ret = number;
				return true;
			}
	}
	return false;
}

static void add_disk(struct grub_devices *d, unsigned number)
{
	snprintf(d->name[d->n], sizeof(d->name[0]), "hd%u", number);
	d->at[d->n] = (struct grub_device){ .name = d->name[d->n] };
	d->n++;
}

static void add_partition(struct grub_devices *d, unsigned number, const struct partition *p)
{
	snprintf(d->name[d->n], sizeof(d->name[0]), "hd%u,%s%u", number,
		 strcmp(p->scheme, "dos") == 0 ? "msdos" : "gpt", p->number);
	d->at[d->n] = (struct grub_device){
		.name = d->name[d->n],
		.fs = grub_fs(p->fs),
		.module_fs = grub_module_fs(p->fs),
		.fs_uuid = text_or_null(p->fs_uuid),
		.fs_label = text_or_null(p->fs_label),
		.part_uuid = strcmp(p->scheme, "gpt") == 0 ? text_or_null(p->part_uuid) : NULL,
		.files = *p->mount ? (void *)p->mount : NULL,
	};
	d->n++;
}

static int file_stat(void *context, const struct grub_device *device, const char *path, struct grub_stat *ret)
{
	struct stat st;
	int r;

	if (!device->files)
		return -ENOMEDIUM;
	r = files_stat(context, device->files, path, &st);
	if (r < 0)
		return r;
	*ret = (struct grub_stat){ .is_dir = S_ISDIR(st.st_mode), .mtime_set = true, .size = st.st_size,
				   .mtime = st.st_mtim.tv_sec };
	return 0;
}

static int file_read_bytes(void *context, const struct grub_device *device, const char *path,
			   const uint8_t **ret_bytes, size_t *ret_len)
{
	struct reader bytes;
	struct stat st;
	int r;

	if (!device->files)
		return -ENOMEDIUM;
	r = files_stat(context, device->files, path, &st);
	if (r == 0 && st.st_size > GRUB_MAX_FILE_LEN)
		r = -EFBIG; /* none that the model would take: see grub_dev_read() */
	if (r < 0)
		return r;
	r = files_bytes(context, device->files, path, NULL, &bytes);
	if (r < 0)
		return r;
	*ret_bytes = bytes.at;
	*ret_len = bytes.left;
	return 0;
}

static int file_digest(void *context, const struct grub_device *device, const char *path,
		       uint8_t ret_digest[static 32])
{
	const struct file_facts *facts;
	int r;

	if (!device->files)
		return -ENOMEDIUM;
	r = files_facts(context, device->files, path, NULL, &facts);
	if (r == 0)
		memcpy(ret_digest, facts->sha256, SHA256_LEN);
	return r;
}

static int file_list(void *context, const struct grub_device *device, const char *path,
		     int (*each)(void *each_context, const char *name), void *each_context)
{
	return device->files ? files_list(context, device->files, path, each, each_context) : -ENOMEDIUM;
}

/* The partition whose file system holds /boot; NULL when it lies on nothing that GRUB reads. */
static const struct partition *boot_partition(const struct partitions *parts)
{
	const struct partition *p = partition_by_mount(parts, "/boot");

	return p ? p : partition_by_mount(parts, "/");
}

int grub_devices_new(const struct chain *c, const char *disk_name, struct error *err,
		     struct grub_devices *ret)
{
	const struct partition *disk[DISKS_MAX] = { NULL }, *boot = boot_partition(&c->parts);
	struct grub_devices d = { .n = 0 };
	unsigned number, other, last;

	if (sscanf(disk_name, "hd%u", &number) != 1 || number >= DISKS_MAX)
		return error_set(err, -EOPNOTSUPP, "event log: GRUB's disk '%s'", disk_name);
	last = number;
	disk[number] = c->esp;
	if (!boot)
		return error_set(err, -EOPNOTSUPP,
				 "/boot is not on a plain partition of a disk (it has LVM, RAID or "
				 "encryption below it, or is btrfs): not modelled");
	if (!same_disk(boot, c->esp)) {
		if (!other_number(&c->logged, number, &other))
			return error_set(err, -EOPNOTSUPP,
					 "/boot and the EFI partition are on different disks, and the log "
					 "does not tell GRUB's name for the disk of /boot");
		disk[other] = boot;
		last = other > last ? other : last;
	}
	d.at = calloc(last + 1 + c->parts.n, sizeof(*d.at));
	d.name = calloc(last + 1 + c->parts.n, sizeof(*d.name));
	if (!d.at || !d.name) {
		grub_devices_free(&d);
		return error_set(err, -ENOMEM, "out of memory");
	}
	for (unsigned i = 0; i <= last; i++) {
		add_disk(&d, i);
		for (size_t k = 0; disk[i] && k < c->parts.n; k++)
			if (same_disk(&c->parts.at[k], disk[i]))
				add_partition(&d, i, &c->parts.at[k]);
	}
	snprintf(d.boot_device, sizeof(d.boot_device), "hd%u,gpt%u", number, c->esp->number);
	d.files = (struct grub_files){ .context = c->files, .stat = file_stat, .read = file_read_bytes,
				       .digest = file_digest, .list = file_list };
	*ret = d;
	return 0;
}

void grub_devices_free(struct grub_devices *d)
{
	free(d->at);
	free(d->name);
	*d = (struct grub_devices){ .at = NULL };
}

const struct grub_device *grub_devices_find(const struct grub_devices *d, const char *name, size_t name_len)
{
	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->at[i].name) == name_len && memcmp(d->at[i].name, name, name_len) == 0)
			return &d->at[i];
	return NULL;
}
