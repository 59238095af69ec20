/*
 * Devices and files as GRUB sees them (kern/device.c, kern/fs.c, kern/file.c, kern/verifiers.c,
 * commands/tpm.c): every opened file is hashed whole into PCR 9 under the name that it was opened with.
 */
#include "measure/grub/dev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash/hash.h"
#include "measure/grub/arena.h"
#include "measure/grub/grub.h"
#include "measure/grub/measure.h"
#include "measure/grub/module.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"

/*
 * kern/partition.c, grub_partition_probe: the partition table's name may be omitted, "hd0,2" is "hd0,gpt2".
 */
static bool names_device(const char *asked, const char *name)
{
	const char *comma = strchr(asked, ','), *p;
	size_t disk_len;

	if (!strcmp(asked, name))
		return true;
	if (!comma || comma[1] < '0' || comma[1] > '9')
		return false;
	disk_len = (size_t)(comma - asked) + 1;
	if (strncmp(asked, name, disk_len))
		return false;
	p = name + disk_len;
	while (*p >= 'a' && *p <= 'z')
		p++;
	return !strcmp(comma + 1, p);
}

const struct grub_device *grub_dev_find(struct grub *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->machine->device_count; i++)
		if (names_device(name, g->machine->devices[i].name))
			return &g->machine->devices[i];
	return NULL;
}

/*
 * kern/device.c, net/net.c: what is no disk is tried as "PROTOCOL,SERVER"; a name without a comma has the
 * default server, which is unset.
 */
enum grub_err grub_dev_error(struct grub *g, const char *name)
{
	if (strchr(name, ',') || grub_vars_get(g, "net_default_server") || !grub_module_builtin(g, "net"))
		return GRUB_ERR_UNKNOWN_DEVICE;
	return GRUB_ERR_NET_BAD_ADDRESS;
}

/* grub_fs_probe: an unknown file system makes GRUB load the modules of fs.lst */
bool grub_dev_fs(struct grub *g, const struct grub_device *device)
{
	if (device->fs)
		return true;
	grub_module_autoload_fs(g, device);
	grub_fail(g, GRUB_ERR_UNKNOWN_FS);
	return false;
}

static char *clean_path(struct grub *g, const char *s)
{
	struct grub_text t = { 0 };

	for (; *s; s++)
		if (*s != '/' || (s[1] && s[1] != '/'))
			grub_text_char(g, &t, *s);
	return t.len ? t.s : grub_dup(g, "/");
}

bool grub_dev_resolve(struct grub *g, const char *name, struct grub_path *ret_path)
{
	const char *close = name[0] == '(' ? strchr(name, ')') : NULL;
	const char *device_name, *path = close ? close + 1 : name;

	if (name[0] == '(' && !close) {
		grub_fail(g, GRUB_ERR_BAD_FILENAME);
		return false;
	}
	device_name = close ? grub_dup_n(g, name + 1, (size_t)(close - name - 1)) : grub_vars_get(g, "root");
	if (!device_name || !device_name[0]) {
		grub_fail(g, GRUB_ERR_BAD_DEVICE);
		return false;
	}
	*ret_path = (struct grub_path){ .path = path };
	if (!strcmp(device_name, "memdisk"))
		return true;
	if (!strcmp(device_name, "proc") || !strncmp(device_name, "loop", 4) ||
	    !strncmp(device_name, "http", 4) || !strncmp(device_name, "tftp", 4) ||
	    !strncmp(device_name, "pxe", 3))
		grub_unmodelled(g, "device (%s) is not modelled", device_name);
	ret_path->device = grub_dev_find(g, device_name);
	if (!ret_path->device) {
		grub_fail(g, grub_dev_error(g, device_name));
		return false;
	}
	return true;
}

static struct boot_access *note_access(struct grub *g, const struct grub_path *p)
{
	const char *device = p->device ? p->device->name : "memdisk";
	struct boot_trace *out = g->out;
	struct boot_access *a;
	size_t i;

	for (i = 0; i < out->access_count; i++)
		if (!strcmp(out->accesses[i].path, p->path) && !strcmp(out->accesses[i].device, device))
			return &out->accesses[i];
	grub_charge(g, sizeof(*a) + strlen(device) + strlen(p->path) + 2);
	a = reallocarray(out->accesses, out->access_count + 1, sizeof(*a));
	if (!a)
		grub_stop(g, -ENOMEM, "out of memory");
	out->accesses = a;
	a += out->access_count++;
	*a = (struct boot_access){
		.device = strdup(device), .path = strdup(p->path), .built_in = !p->device
	};
	if (!a->device || !a->path)
		grub_stop(g, -ENOMEM, "out of memory");
	return a;
}

static struct boot_written *find_written(struct grub *g, const struct grub_path *p)
{
	struct boot_written *w = g->out->writes;
	size_t i;

	for (i = 0; p->device && i < g->out->write_count; i++, w++)
		if (!strcmp(w->path, p->path) && !strcmp(w->device, p->device->name))
			return w;
	return NULL;
}

/* The memdisk of the signed images holds its script, if there is one, and one font. */
static bool stat_memdisk(struct grub *g, const char *path, struct grub_stat *ret_stat)
{
	*ret_stat = (struct grub_stat){ .is_dir = !strcmp(path, "/") || !strcmp(path, "/fonts"), .size = 1 };
	return ret_stat->is_dir || !strcmp(path, "/fonts/unicode.pf2") ||
	       (grub_script(g->machine) && !strcmp(path, "/grub.cfg"));
}

/* GRUB's error when there is no such file; fshelp.c: a path through a file has one of its own. */
static enum grub_err look_up(struct grub *g, const struct grub_path *p, struct grub_stat *ret_stat)
{
	const struct grub_files *f = g->machine->files;
	struct boot_access *a;
	int r;

	if (!p->device)
		r = stat_memdisk(g, p->path, ret_stat) ? 0 : -ENOENT;
	else
		r = f->stat(f->context, p->device, p->path, ret_stat);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		grub_stop(g, r, "(%s)%s: cannot be accessed: %s", p->device->name, p->path, strerror(-r));
	a = note_access(g, p);
	if (r == 0)
		a->found = true;
	return r == 0 ? GRUB_OK : r == -ENOTDIR ? GRUB_ERR_BAD_FILE_TYPE : GRUB_ERR_FILE_NOT_FOUND;
}

bool grub_dev_stat(struct grub *g, const struct grub_path *p, struct grub_stat *ret_stat)
{
	return look_up(g, p, ret_stat) == GRUB_OK;
}

static void measure_file(struct grub *g, const struct grub_path *p, const char *name)
{
	const struct grub_files *f = g->machine->files;
	struct boot_written *w = find_written(g, p);
	uint8_t digest[SHA256_LEN] = { 0 };
	int r = 0;

	if (w)
		r = hash_sha256(w->bytes, w->len, digest);
	else if (!g->list_only)
		r = f->digest(f->context, p->device, p->path, digest);
	if (r < 0)
		grub_stop(g, r, "(%s)%s: cannot be hashed: %s", p->device->name, p->path, strerror(-r));
	grub_measure(g, GRUB_PCR_FILES, GRUB_EV_IPL, name, digest);
}

bool grub_dev_open(struct grub *g, const char *name, enum grub_file_use use, struct grub_path *ret_path,
		   struct grub_stat *ret_stat)
{
	static const uint8_t unknown[SHA256_LEN];

	g->grub_errno = GRUB_OK;
	if (!grub_dev_resolve(g, name, ret_path))
		return false;
	if (ret_path->path[0] != '/') {
		if (ret_path->path[0] == '+' || (ret_path->path[0] >= '0' && ret_path->path[0] <= '9'))
			grub_unmodelled(g, "a list of blocks as a file (%s) is not modelled", name);
		grub_fail(g, GRUB_ERR_BAD_FILENAME);
		return false;
	}
	ret_path->path = clean_path(g, ret_path->path);
	if (ret_path->device && !grub_dev_fs(g, ret_path->device))
		return false;
	if (grub_fail(g, look_up(g, ret_path, ret_stat)) != GRUB_OK)
		return false;
	if (ret_stat->is_dir) {
		grub_fail(g, GRUB_ERR_BAD_FILE_TYPE);
		return false;
	}
	note_access(g, ret_path)->opened = true;
	if (!ret_path->device || use == USE_UNMEASURED)
		return true;
	measure_file(g, ret_path, name);
	if (use == USE_DENIED && g->machine->secure_boot) {
		grub_fail(g, GRUB_ERR_ACCESS_DENIED);
		return false;
	}
	if (use == USE_IMAGE && g->machine->secure_boot)
		grub_measure(g, 4, BOOT_EVENT_IMAGE, grub_dev_name(g, ret_path), unknown);
	return true;
}

const char *grub_dev_name(struct grub *g, const struct grub_path *p)
{
	return grub_format(g, "(%s)%s", p->device ? p->device->name : "memdisk", p->path);
}

void grub_dev_read(struct grub *g, const struct grub_path *p, const uint8_t **ret_bytes, size_t *ret_len)
{
	const struct grub_files *f = g->machine->files;
	struct boot_written *w = find_written(g, p);
	int r;

	if (!p->device)
		grub_unmodelled(g, "reading (memdisk)%s is not modelled", p->path);
	if (w) {
		*ret_bytes = w->bytes;
		*ret_len = w->len;
		return;
	}
	r = f->read(f->context, p->device, p->path, ret_bytes, ret_len);
	if (r < 0)
		grub_stop(g, r, "(%s)%s: cannot be read: %s", p->device->name, p->path, strerror(-r));
	if (*ret_len > GRUB_MAX_FILE_LEN)
		grub_stop(g, -EFBIG, "(%s)%s: longer than %u bytes", p->device->name, p->path,
			  GRUB_MAX_FILE_LEN);
	if (*ret_len >= 2 && (*ret_bytes)[0] == 0x1f && (*ret_bytes)[1] == 0x8b)
		grub_unmodelled(g, "(%s)%s is compressed, which is not modelled", p->device->name, p->path);
}

void grub_dev_write(struct grub *g, const struct grub_path *p, const uint8_t *bytes, size_t len)
{
	struct boot_written *w = find_written(g, p);
	struct boot_trace *out = g->out;
	uint8_t *copy;

	note_access(g, p)->written = true;
	if (!w) {
		grub_charge(g, len + sizeof(*w));
		w = reallocarray(out->writes, out->write_count + 1, sizeof(*w));
		if (!w)
			grub_stop(g, -ENOMEM, "out of memory");
		out->writes = w;
		w += out->write_count++;
		*w = (struct boot_written){ .device = strdup(p->device->name), .path = strdup(p->path) };
	}
	copy = malloc(len ? len : 1);
	if (!w->device || !w->path || !copy) {
		free(copy);
		grub_stop(g, -ENOMEM, "out of memory");
	}
	memcpy(copy, bytes, len);
	free(w->bytes);
	w->bytes = copy;
	w->len = len;
}

/*
 * kern/device.c, grub_device_iterate: drivers in reverse order of registration, so the image's own disks come
 * before the firmware's; each disk before its partitions, and those from last to first.
 */
bool grub_dev_each(struct grub *g, bool (*each)(struct grub *g, const char *name, void *context),
		   void *context)
{
	const struct grub_device *d = g->machine->devices;
	size_t n = g->machine->device_count, i, j, len;

	if (each(g, "proc", context) || each(g, "memdisk", context))
		return true;
	for (i = 0; i < n; i = j) {
		len = strcspn(d[i].name, ",");
		j = i + 1;
		while (j < n && !strncmp(d[j].name, d[i].name, len) && d[j].name[len] == ',')
			j++;
		if (d[i].name[len] == '\0' && each(g, d[i].name, context))
			return true;
		for (len = j; len-- > i;)
			if (strchr(d[len].name, ',') && each(g, d[len].name, context))
				return true;
	}
	return false;
}
