#include "measure/grub/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash/hash.h"

struct overlay {
	struct grub_machine machine;
	struct grub_files files; /* what the model is given; its context is this structure */
	const struct grub_files *below;
	struct grub_overlay_file file;
	char memory[]; /* content, device, path */
};

static bool covers(const struct overlay *o, const struct grub_device *device, const char *path)
{
	return strcmp(device->name, o->file.device) == 0 && strcmp(path, o->file.path) == 0;
}

static int overlay_stat(void *context, const struct grub_device *device, const char *path,
			struct grub_stat *ret)
{
	struct overlay *o = context;
	int r = o->below->stat(o->below->context, device, path, ret);

	if (!covers(o, device, path))
		return r;
	if (r < 0)
		*ret = (struct grub_stat){ .is_dir = false };
	ret->size = o->file.len;
	return 0;
}

static int overlay_read(void *context, const struct grub_device *device, const char *path,
			const uint8_t **ret_bytes, size_t *ret_len)
{
	struct overlay *o = context;

	if (!covers(o, device, path))
		return o->below->read(o->below->context, device, path, ret_bytes, ret_len);
	*ret_bytes = o->file.bytes;
	*ret_len = o->file.len;
	return 0;
}

static int overlay_digest(void *context, const struct grub_device *device, const char *path,
			  uint8_t ret_digest[static 32])
{
	struct overlay *o = context;

	if (!covers(o, device, path))
		return o->below->digest(o->below->context, device, path, ret_digest);
	return hash_sha256(o->file.bytes, o->file.len, ret_digest);
}

static int overlay_list(void *context, const struct grub_device *device, const char *path,
			int (*each)(void *each_context, const char *name), void *each_context)
{
	struct overlay *o = context;

	return o->below->list(o->below->context, device, path, each, each_context);
}

int grub_overlay(const struct grub_machine *g, const struct grub_overlay_file *f, struct grub_machine **ret)
{
	size_t device_len = strlen(f->device) + 1, path_len = strlen(f->path) + 1;
	struct overlay *o = malloc(sizeof(*o) + f->len + device_len + path_len);
	char *device, *path;

	if (!o)
		return -ENOMEM;
	device = o->memory + f->len;
	path = device + device_len;
	memcpy(o->memory, f->bytes, f->len);
	memcpy(device, f->device, device_len);
	memcpy(path, f->path, path_len);
	o->file = (struct grub_overlay_file){
		.device = device, .path = path, .bytes = (uint8_t *)o->memory, .len = f->len
	};
	o->below = g->files;
	o->files = (struct grub_files){
		.context = o,
		.stat = overlay_stat,
		.read = overlay_read,
		.digest = overlay_digest,
		.list = g->files->list ? overlay_list : NULL,
	};
	o->machine = *g;
	o->machine.files = &o->files;
	*ret = &o->machine;
	return 0;
}
