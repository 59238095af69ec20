#include "grub_memory.h"

static const char memory_esp[] =
	"set prefix=(hd0,gpt2)/grub\nset root=hd0,gpt2\nconfigfile $prefix/grub.cfg\n";

static struct memory_file *memory_find(struct memory *m, const struct grub_device *d, const char *path)
{
	static struct memory_file esp = { "/EFI/debian/grub.cfg", memory_esp, sizeof(memory_esp) - 1 };
	size_t i;

	if (!strcmp(d->name, "hd0,gpt1"))
		return strcmp(path, esp.path) ? NULL : &esp;
	if (strcmp(d->name, "hd0,gpt2"))
		return NULL;
	for (i = 0; i < MEMORY_FILES && m->files[i].path; i++)
		if (!strcmp(m->files[i].path, path))
			return &m->files[i];
	return NULL;
}

static int memory_stat(void *context, const struct grub_device *d, const char *path, struct grub_stat *ret)
{
	struct memory_file *f = memory_find(context, d, path);

	if (!f)
		return -ENOENT;
	*ret = (struct grub_stat){ .size = f->len };
	return 0;
}

static int memory_read(void *context, const struct grub_device *d, const char *path,
		       const uint8_t **ret_bytes, size_t *ret_len)
{
	struct memory_file *f = memory_find(context, d, path);

	if (!f)
		return -ENOENT;
	*ret_bytes = f->bytes;
	*ret_len = f->len;
	return 0;
}

static int memory_digest(void *context, const struct grub_device *d, const char *path, uint8_t ret[static 32])
{
	struct memory_file *f = memory_find(context, d, path);

	return f ? hash_sha256(f->bytes, f->len, ret) : -ENOENT;
}

static int memory_list(void *context, const struct grub_device *d, const char *path,
		       int (*each)(void *each_context, const char *name), void *each_context)
{
	struct memory *m = context;
	size_t i;
	int r = 0;

	if (strcmp(path, "/"))
		return -ENOENT;
	for (i = 0; !r && i < MEMORY_FILES && m->files[i].path; i++)
		if (!strchr(m->files[i].path + 1, '/'))
			r = each(each_context, m->files[i].path + 1);
	return r;
}

void memory_init(struct memory *m, enum grub_version version, const void *config, size_t len)
{
	*m = (struct memory){ .files = { { "/grub/grub.cfg", config, len } } };
	m->devices[0] = (struct grub_device){ .name = "hd0" };
	m->devices[1] = (struct grub_device){ .name = "hd0,gpt1", .fs = "fat", .fs_uuid = "1234-ABCD" };
	m->devices[2] = (struct grub_device){ .name = "hd0,gpt2", .fs = "ext2", .fs_uuid = "11111111-2222" };
	m->provider = (struct grub_files){ .context = m, .stat = memory_stat, .read = memory_read,
					   .digest = memory_digest, .list = memory_list,
					   .list_as_on_disk = true };
	m->machine = (struct grub_machine){ .build = grub_build_find(GRUB_DEBIAN, version),
					    .secure_boot = true,
					    .devices = m->devices,
					    .device_count = 3,
					    .files = &m->provider,
					    .boot_device = "hd0,gpt1",
					    .boot_dir = "/EFI/debian" };
}

void memory_add(struct memory *m, const char *path, const void *bytes, size_t len)
{
	size_t i = 0;

	while (i + 1 < MEMORY_FILES && m->files[i].path)
		i++;
	m->files[i] = (struct memory_file){ path, bytes, len };
}

int memory_evaluate(struct memory *m, const char *config, const char *path, struct error *err,
		    struct boot_trace *ret)
{
	struct boot_choice choice = { .path = path };

	memory_init(m, GRUB_2_12, config, strlen(config));
	memory_add(m, "/vmlinuz", "kernel", 6);
	memory_add(m, "/initrd", "initrd", 6);
	memory_add(m, "/two", "2", 1);
	return grub_evaluate(&m->machine, &choice, err, ret);
}
