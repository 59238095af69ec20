/*
 * Loading and starting a kernel or another EFI image (loader/i386/efi/linux.c, loader/efi/linux.c,
 * loader/linux.c).
 */
#include "measure/grub/cmd_boot.h"

#include <stdint.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/argv.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/measure.h"
#include "measure/grub/names.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

/* The kernel's own buffer for the command line: 2047 bytes on x86, less "BOOT_IMAGE=". */
#define SHORT_CMDLINE (2047u - 11u)

static bool has_space(const char *s)
{
	return strchr(s, ' ') != NULL;
}

/* lib/cmdline.c: arguments are quoted again; the first that does not fit and all after it are dropped */
static char *loader_cmdline(struct grub *g, const struct grub_argv *args, size_t room)
{
	struct grub_text t = { 0 };
	size_t i, start;
	const char *p;

	for (i = 0; i < args->count; i++) {
		start = t.len;
		if (has_space(args->args[i]))
			grub_text_char(g, &t, '"');
		for (p = args->args[i]; *p; p++) {
			if (*p == '\\' || *p == '\'' || *p == '"')
				grub_text_char(g, &t, '\\');
			grub_text_char(g, &t, *p);
		}
		if (has_space(args->args[i]))
			grub_text_char(g, &t, '"');
		grub_text_char(g, &t, ' ');
		if (t.len - start > room) {
			t.len = start;
			break;
		}
		room -= t.len - start;
	}
	grub_text_str(g, &t);
	if (t.len)
		t.s[t.len - 1] = '\0';
	return t.s;
}

enum grub_err grub_cmd_linux(struct grub *g, const struct grub_call *call)
{
	static const uint8_t unknown[32];
	struct grub_path path;
	struct grub_stat st;
	size_t room = SIZE_MAX;
	const char *text;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	/* observed: 2.06 crashes when the kernel starts, 2.12 accepts no initrd for the second kernel */
	if (g->loader_set && g->loader_is_linux)
		grub_unmodelled(g, "a second 'linux' is not modelled");
	if (!grub_dev_open(g, call->argv.args[0], USE_IMAGE, &path, &st))
		return g->grub_errno;
	if (grub_does(g->machine, BUILD_ASKS_SHIM_TWICE) && g->machine->secure_boot)
		grub_measure(g, 4, BOOT_EVENT_IMAGE, grub_dev_name(g, &path), unknown);
	if (grub_does(g->machine, BUILD_SHORT_CMDLINE))
		room = SHORT_CMDLINE + !g->machine->secure_boot;
	text = loader_cmdline(g, &call->argv, room);
	grub_measure_text(g, "kernel_cmdline: ", text);
	g->loader_set = true;
	g->loader_is_linux = true;
	g->kernel = grub_dev_name(g, &path);
	g->cmdline = grub_format(g, "BOOT_IMAGE=%s", text);
	g->initrds = NULL;
	return GRUB_OK;
}

/* "newc:/name:file" packs the file into an archive under that name */
static const char *initrd_file(const char *arg)
{
	const char *colon;

	if (strncmp(arg, "newc:", 5))
		return arg;
	arg += 5;
	while (*arg == '/')
		arg++;
	colon = strchr(arg, ':');
	return colon ? colon + 1 : arg;
}

enum grub_err grub_cmd_initrd(struct grub *g, const struct grub_call *call)
{
	struct grub_name *list = NULL;
	struct grub_path path;
	struct grub_stat st;
	const char *arg;
	size_t i;

	if (!call->argv.count && grub_does(g->machine, BUILD_EMPTY_INITRD_FAULT) && g->machine->secure_boot)
		grub_unmodelled(g, "'initrd' without a file is not modelled");
	if (!call->argv.count || !g->loader_set || !g->loader_is_linux)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	for (i = 0; i < call->argv.count; i++) {
		arg = initrd_file(call->argv.args[i]);
		if (!grub_dev_open(g, arg, USE_PLAIN, &path, &st))
			return g->grub_errno;
		grub_name_add(g, &list, grub_dev_name(g, &path), NULL);
	}
	g->initrds = list;
	return GRUB_OK;
}

enum grub_err grub_cmd_chainloader(struct grub *g, const struct grub_call *call)
{
	static const uint8_t unknown[32];
	struct grub_path path;
	struct grub_stat st;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (!grub_dev_open(g, call->argv.args[0], USE_IMAGE, &path, &st))
		return g->grub_errno;
	if (grub_does(g->machine, BUILD_CHAINS_BY_FIRMWARE))
		grub_measure(g, 4, BOOT_EVENT_IMAGE, grub_dev_name(g, &path), unknown);
	else if (!g->machine->secure_boot)
		grub_unmodelled(g, "chainloader without Secure Boot is not modelled");
	g->loader_set = true;
	g->loader_is_linux = false;
	g->image = grub_dev_name(g, &path);
	return GRUB_OK;
}

void grub_boot(struct grub *g)
{
	grub_finish(g, g->loader_is_linux ? BOOT_LINUX : BOOT_IMAGE);
}

enum grub_err grub_cmd_boot(struct grub *g, const struct grub_call *call)
{
	(void)call;
	if (!g->loader_set)
		return grub_fail(g, GRUB_ERR_NO_KERNEL);
	grub_boot(g);
}
