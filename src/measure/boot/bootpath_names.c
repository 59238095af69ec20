/* What kernels and command lines tell by their names, and GRUB's disks under other numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/bootpath.h"

#define DISK_NUMBER_MAX 64u
#define DEVICE_NAME_MAX 32

/*
 * initramfs-tools 0.142 (init: break=, init=, rdinit= by the kernel), systemd 252 (kernel-command-line(7):
 * rescue, emergency and their short forms, the debug shell).
 */
static const char *const shell_words[] = { "single", "s", "S", "1", "rescue", "emergency", "-b", "b", "break", NULL };
static const char *const shell_prefixes[] = { "break=", "rdinit=", "rd.break", "systemd.unit=rescue",
					      "systemd.unit=emergency", "rd.systemd.unit=", "systemd.debug-shell",
					      "systemd.debug_shell", "rd.systemd.debug", NULL };
static const char *const plain_inits[] = { "init=/sbin/init", "init=/lib/systemd/systemd",
					   "init=/usr/lib/systemd/systemd", NULL };

static bool is_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, word, n) == 0)
			return true;
	return false;
}

static bool starts_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) <= n && memcmp(*list, word, strlen(*list)) == 0)
			return true;
	return false;
}

bool cmdline_gives_root_shell(const char *cmdline, const char **ret_word, size_t *ret_len)
{
	static const char *const init[] = { "init=", NULL };
	const char *word = cmdline;
	size_t n;

	for (;; word += n) {
		word += strspn(word, " \t\"");
		n = strcspn(word, " \t\"");
		if (n == 0)
			return false;
		if (is_one_of(word, n, shell_words) || starts_one_of(word, n, shell_prefixes) ||
		    (starts_one_of(word, n, init) && !is_one_of(word, n, plain_inits))) {
			*ret_word = word;
			*ret_len = n;
			return true;
		}
	}
}

const char *kernel_release(const char *path)
{
	static const char name[] = "vmlinuz-";
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return strncmp(base, name, sizeof(name) - 1) == 0 ? base + sizeof(name) - 1 : "";
}

/* Length of the disk's part of a device name: "hd0" of "hd0,gpt2". */
static size_t disk_len(const char *name)
{
	return strcspn(name, ",");
}

static bool same_disk(const char *a, const char *b)
{
	return disk_len(a) == disk_len(b) && memcmp(a, b, disk_len(a)) == 0;
}

static bool is_hard_disk(const char *name)
{
	return name[0] == 'h' && name[1] == 'd' && strspn(name + 2, "0123456789") == disk_len(name) - 2;
}

/* Does anything lie on it that GRUB could read? */
static bool is_blank(const struct grub_device *d)
{
	return !d->fs && !strchr(d->name, ',');
}

static int count_boot_disk(const struct grub_machine *g, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < g->device_count; i++) {
		if (same_disk(g->devices[i].name, g->boot_device))
			n++;
		else if (!is_blank(&g->devices[i]))
			return -EOPNOTSUPP;
	}
	*ret = n;
	return 0;
}

int devices_renumber(const struct grub_machine *g, unsigned number, struct grub_device **ret_devices,
		     size_t *ret_count, const char **ret_boot_device)
{
	struct grub_device *d;
	char (*name)[DEVICE_NAME_MAX];
	size_t n, at = 0;
	int r;

	if (!g->boot_device || !is_hard_disk(g->boot_device) || number > DISK_NUMBER_MAX)
		return -EOPNOTSUPP;
	r = count_boot_disk(g, &n);
	if (r < 0)
		return r;
	n += number + 1;
	d = calloc(n, sizeof(*d) + sizeof(*name));
	if (!d)
		return -ENOMEM;
	name = (char (*)[DEVICE_NAME_MAX])(d + n);
	for (; at < number; at++)
		snprintf(name[at], sizeof(name[at]), "hd%zu", at);
	for (size_t i = 0; i < g->device_count; i++) {
		if (!same_disk(g->devices[i].name, g->boot_device))
			continue;
		d[at] = g->devices[i];
		snprintf(name[at], sizeof(name[at]), "hd%u%s", number, d[at].name + disk_len(d[at].name));
		at++;
	}
	snprintf(name[at], sizeof(name[at]), "hd%u%s", number, g->boot_device + disk_len(g->boot_device));
	for (size_t i = 0; i < at; i++)
		d[i].name = name[i];
	*ret_devices = d;
	*ret_count = at;
	*ret_boot_device = name[at];
	return 0;
}
