#include "measure/grub/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/grub/elf.h"
#include "measure/grub/build.h"
#include "measure/grub/squashfs.h"

#define MODULES_MAGIC 0x676d696du
#define MAX_OBJECTS 1024u
#define MAX_SCRIPT_LEN (1u << 20)

enum { OBJECT_ELF, OBJECT_MEMDISK, OBJECT_CONFIG, OBJECT_PREFIX };

struct parts {
	struct buffer modules;
	struct reader memdisk, config, prefix;
};

static int add_module(struct parts *p, const struct reader *elf, struct error *err)
{
	struct reader name;
	size_t n;

	if (!grub_elf_section(*elf, ".modname", &name))
		return error_set(err, -EBADMSG, "mods: a module without a name");
	n = strnlen((const char *)name.at, name.left);
	if (!n || memchr(name.at, ' ', n))
		return error_set(err, -EBADMSG, "mods: a module's name is empty or has a blank in it");
	buffer_add(&p->modules, name.at, n);
	buffer_add(&p->modules, " ", 1);
	return 0;
}

/* struct grub_module_info64, then objects: type, size (with these 8 bytes), content */
static int read_objects(struct reader r, struct parts *p, struct error *err)
{
	struct reader whole = r, objects, object;
	uint32_t magic, padding, type, len;
	uint64_t offset, size;
	unsigned i;
	int e = 0;

	if (!reader_le32(&r, &magic) || magic != MODULES_MAGIC || !reader_le32(&r, &padding) ||
	    !reader_le64(&r, &offset) || !reader_le64(&r, &size) || offset > size ||
	    !reader_at(&whole, offset, size - offset, &objects))
		return error_set(err, -EBADMSG, "mods: not a list of GRUB's modules");
	for (i = 0; !e && objects.left; i++) {
		if (i >= MAX_OBJECTS)
			return error_set(err, -E2BIG, "mods: more than %u objects", MAX_OBJECTS);
		if (!reader_le32(&objects, &type) || !reader_le32(&objects, &len) || len < 8 ||
		    !reader_take(&objects, len - 8u, &object))
			return error_set(err, -EBADMSG, "mods: object %u ends past the section", i);
		if (type == OBJECT_ELF)
			e = add_module(p, &object, err);
		else if (type == OBJECT_MEMDISK)
			p->memdisk = object;
		else if (type == OBJECT_CONFIG)
			p->config = object;
		else if (type == OBJECT_PREFIX)
			p->prefix = object;
		else
			e = error_set(err, -EOPNOTSUPP,
				      "mods: object %u is of kind %u, which is not modelled", i, type);
	}
	return e;
}

/* Debian 12's memdisk: FAT12 as mkfs.msdos makes it (Microsoft, "FAT32 File System Specification" 1.03) */
struct fat {
	struct reader table, root, data;
	size_t cluster_len;
};

static bool open_fat(const struct reader *disk, struct fat *ret)
{
	struct reader r = *disk;
	uint16_t sector, reserved, root_entries, sectors, table_sectors;
	uint8_t per_cluster, tables, media;
	uint64_t table_at, root_at, data_at, end;

	if (!reader_skip(&r, 11) || !reader_le16(&r, &sector) || !reader_u8(&r, &per_cluster) ||
	    !reader_le16(&r, &reserved) || !reader_u8(&r, &tables) || !reader_le16(&r, &root_entries) ||
	    !reader_le16(&r, &sectors) || !reader_u8(&r, &media) || !reader_le16(&r, &table_sectors))
		return false;
	table_at = (uint64_t)reserved * sector;
	root_at = table_at + (uint64_t)tables * table_sectors * sector;
	data_at = root_at + (uint64_t)root_entries * 32;
	end = (uint64_t)sectors * sector;
	ret->cluster_len = (size_t)per_cluster * sector;
	return ret->cluster_len && data_at <= end &&
	       reader_at(disk, table_at, root_at - table_at, &ret->table) &&
	       reader_at(disk, root_at, data_at - root_at, &ret->root) &&
	       reader_at(disk, data_at, end - data_at, &ret->data);
}

static bool next_cluster(const struct fat *f, uint16_t *cluster)
{
	uint64_t at = *cluster + *cluster / 2u;
	struct reader r;
	uint16_t v;

	if (!reader_at(&f->table, at, 2, &r) || !reader_le16(&r, &v))
		return false;
	*cluster = *cluster & 1 ? v >> 4 : v & 0xfff;
	return true;
}

static bool read_fat_file(const struct fat *f, const char name[static 11], struct buffer *ret)
{
	struct reader root = f->root, entry, part;
	uint16_t cluster = 0;
	uint32_t len = 0;
	bool found = false;

	while (!found && reader_take(&root, 32, &entry))
		found = !memcmp(entry.at, name, 11) && !(entry.at[11] & 0x18) && reader_skip(&entry, 26) &&
			reader_le16(&entry, &cluster) && reader_le32(&entry, &len);
	/* a file longer than all clusters together would need a loop of clusters */
	if (!found || len > MAX_SCRIPT_LEN || len > f->data.left)
		return false;
	while (len) {
		if (cluster < 2 ||
		    !reader_at(&f->data, (uint64_t)(cluster - 2u) * f->cluster_len, f->cluster_len, &part))
			return false;
		if (part.left > len)
			part.left = len;
		buffer_add(ret, part.at, part.left);
		len -= (uint32_t)part.left;
		if (!next_cluster(f, &cluster))
			return false;
	}
	return true;
}

static int read_script(const struct reader *memdisk, struct error *err, struct buffer *ret)
{
	struct error why = ERROR_NONE;
	struct fat fat;
	int r;

	if (squashfs_is(memdisk)) {
		r = squashfs_read_file(memdisk, "grub.cfg", MAX_SCRIPT_LEN, &why, ret);
		if (r == 0 || r == -ENOMEM)
			return r;
		return error_set(err, -EOPNOTSUPP, "mods: the memdisk has no grub.cfg%s%s",
				 why.text[0] ? ": " : "", why.text);
	}
	if (open_fat(memdisk, &fat) && read_fat_file(&fat, "GRUB    CFG", ret))
		return 0;
	return error_set(err, -EOPNOTSUPP, "mods: the memdisk has no grub.cfg");
}

/* An image that starts otherwise than these two ways would run unknown commands. */
static int take_script(const struct parts *p, const struct grub_build *build, struct error *err, char **ret)
{
	static const char start[] = "normal (memdisk)/grub.cfg\n";
	struct buffer script = BUFFER_NONE;
	int r;

	if (!p->memdisk.left)
		return error_set(err, -EOPNOTSUPP, "mods: no memdisk, so it is an old build: upgrade GRUB");
	if (!build->script && !p->config.left)
		return 0;
	if (p->config.left < sizeof(start) || memcmp(p->config.at, start, sizeof(start)))
		return error_set(err, -EOPNOTSUPP, "mods: its first command is not modelled");
	r = read_script(&p->memdisk, err, &script);
	*ret = r == 0 ? buffer_steal(&script) : NULL;
	buffer_free(&script);
	return r == 0 && !*ret ? -ENOMEM : r;
}

int grub_image_read(const struct reader *mods, const struct grub_build *build, struct error *err,
		    struct grub_image *ret_image)
{
	struct grub_image image = { .modules = NULL };
	struct parts p = { .modules = BUFFER_NONE };
	int r;

	buffer_add(&p.modules, " ", 1);
	r = read_objects(*mods, &p, err);
	if (r >= 0)
		r = take_script(&p, build, err, &image.embedded);
	if (r >= 0) {
		image.modules = buffer_steal(&p.modules);
		image.prefix = p.prefix.left ? strndup((const char *)p.prefix.at, p.prefix.left) : strdup("");
		if (!image.modules || !image.prefix)
			r = error_set(err, -ENOMEM, "out of memory");
	}
	buffer_free(&p.modules);
	if (r < 0)
		grub_image_free(&image);
	else
		*ret_image = image;
	return r;
}

void grub_image_free(struct grub_image *image)
{
	free(image->modules);
	free(image->prefix);
	free(image->embedded);
	*image = (struct grub_image){ .modules = NULL };
}
