/*
 * Modules (kern/dl.c): what is built into the signed images is fixed, anything else is read from
 * $prefix/x86_64-efi, hence measured, and then refused under Secure Boot (BUILD_MODULES_UNOPENED: before).
 */
#include "measure/grub/module.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/elf.h"
#include "measure/grub/grub.h"
#include "measure/grub/names.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *p;

	for (p = strstr(list, name); p && n; p = strstr(p + 1, name))
		if (p > list && p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

bool grub_module_builtin(struct grub *g, const char *name)
{
	const char *built_in = g->machine->modules;

	if (strchr(name, ' '))
		return false;
	return is_listed(built_in ? built_in : g->machine->build->modules, name) ||
	       grub_name_find(g->loaded, name);
}

/*
 * Debian's modules that only add commands, which the table knows or refuses, as the real GRUB showed
 * (tests/grub/no-secure-boot); and the file systems of fs.lst, see grub_module_autoload_fs(). Any other
 * module may add disks, partition tables, verifiers, ...
 */
static const char harmless_modules[] =
	" affs afs bfs bli cbfs cpio cpio_be eval exfat hello hfs jfs legacycfg minix minix2 minix2_be "
	"minix3 minix3_be minix_be newc nilfs2 ntfs odc password reiserfs romfs sfs tar time udf ufs1 "
	"ufs1_be ufs2 ";

/* Only without Secure Boot: the module is loaded after those that it depends on. */
static bool load_core(struct grub *g, const struct grub_path *path, const char *name)
{
	const uint8_t *bytes;
	struct reader needs;
	const char *need;
	size_t len, n;

	if (!is_listed(harmless_modules, name))
		grub_unmodelled(g, "module '%s' is not modelled, and without Secure Boot GRUB runs it", name);
	grub_dev_read(g, path, &bytes, &len);
	if (g->module_depth >= GRUB_MAX_DEPTH)
		grub_stop(g, -E2BIG, "module %s: dependencies are nested more than %u deep", name,
			  GRUB_MAX_DEPTH);
	g->module_depth++;
	if (grub_elf_section(reader_new(bytes, len), ".moddeps", &needs))
		while (needs.left) {
			n = strnlen((const char *)needs.at, needs.left);
			need = grub_dup_n(g, (const char *)needs.at, n);
			reader_skip(&needs, n < needs.left ? n + 1 : n);
			if (need[0] && !grub_module_load(g, need)) {
				g->module_depth--;
				return false;
			}
		}
	g->module_depth--;
	grub_name_add(g, &g->loaded, name, NULL);
	return true;
}

bool grub_module_load_file(struct grub *g, const char *file)
{
	const char *slash = strrchr(file, '/'), *dot;
	struct grub_path path;
	struct grub_stat st;

	if (grub_does(g->machine, BUILD_MODULES_UNOPENED) && g->machine->secure_boot) {
		grub_fail(g, GRUB_ERR_ACCESS_DENIED);
		return false;
	}
	if (!grub_dev_open(g, file, USE_DENIED, &path, &st))
		return false;
	file = slash ? slash + 1 : file;
	dot = strrchr(file, '.');
	return load_core(g, &path, grub_dup_n(g, file, dot ? (size_t)(dot - file) : strlen(file)));
}

bool grub_module_load(struct grub *g, const char *name)
{
	const char *prefix;

	if (grub_module_builtin(g, name))
		return true;
	prefix = grub_vars_get(g, "prefix");
	if (!prefix) {
		grub_fail(g, GRUB_ERR_FILE_NOT_FOUND);
		return false;
	}
	return grub_module_load_file(g, grub_format(g, "%s/x86_64-efi/%s.mod", prefix, name));
}

/*
 * normal/autofs.c: called when no file system driver recognizes a device. Each module is tried once. A module
 * that can be loaded (without Secure Boot) might recognize the device.
 */
void grub_module_autoload_fs(struct grub *g, const struct grub_device *device)
{
	if (device->module_fs && !g->machine->secure_boot)
		grub_unmodelled(g, "the file system of (%s), %s, is read by a module, which is not modelled",
				device->name, device->module_fs);
	const char *name;

	if (!g->fs_autoload)
		return;
	g->fs_autoload = false;
	while (g->fs_modules) {
		name = g->fs_modules->name;
		g->fs_modules = g->fs_modules->next;
		grub_module_load(g, name);
		g->grub_errno = GRUB_OK;
	}
	g->fs_autoload = true;
}
