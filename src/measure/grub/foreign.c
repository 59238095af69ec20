#include "measure/grub/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/grub/stop.h"

#define BLS "it lists the entries of loader/entries, as Fedora's GRUB does; 'update-grub' writes menu entries"
#define LINUX16 "it belongs to a kernel that is started through the BIOS; 'linux' and 'initrd' are for UEFI"
#define LINUXEFI "it is a name that other builds of GRUB have for 'linux' and 'initrd'"
#define MULTIBOOT "it starts a hypervisor, as Xen, or another multiboot kernel"

static const struct {
	const char *command, *what;
} commands[] = {
	{ "blscfg", BLS },
	{ "blsuki", BLS },
	{ "increment", "it counts boot attempts, as in Fedora's GRUB" },
	{ "initrd16", LINUX16 },
	{ "initrdefi", LINUXEFI },
	{ "linux16", LINUX16 },
	{ "linuxefi", LINUXEFI },
	{ "module2", MULTIBOOT },
	{ "multiboot", MULTIBOOT },
	{ "multiboot2", MULTIBOOT },
	{ "xen_hypervisor", MULTIBOOT },
	{ "xen_module", MULTIBOOT },
};

static const char *find(const char *command)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].command, command) == 0)
			return commands[i].what;
	return NULL;
}

void grub_foreign_note(struct grub *g, const char *command)
{
	const char *what = find(command);

	if (!what || g->out->unsupported)
		return;
	if (asprintf(&g->out->unsupported, "%s:%u: '%s' is not supported: %s",
		     g->where_name ? g->where_name : "GRUB", g->where_line, command, what) < 0) {
		g->out->unsupported = NULL;
		grub_stop(g, -ENOMEM, "out of memory");
	}
}

void grub_foreign_refuse(struct grub *g, const char *command)
{
	const char *what = find(command);

	if (what)
		grub_unmodelled(g, "'%s' is not supported: %s", command, what);
}
