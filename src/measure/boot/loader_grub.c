/* GRUB as a boot loader: the model in measure/grub behind the seam. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/bootpath_names.h"
#include "measure/boot/loader.h"
#include "measure/boot/loader_grub_disks.h"
#include "measure/boot/loader_grub_env.h"
#include "measure/efi/sbat.h"
#include "measure/grub/grub.h"

/* A line of its .sbat says so: "grub,5,Free Software Foundation,grub,2.12,...". */
static bool is_grub(struct reader sbat)
{
	struct sbat_line line;

	while (sbat_next(&sbat, &line))
		if (reader_equals(&line.component, "grub"))
			return true;
	return false;
}

static int recognize(const struct reader *image, struct error *err)
{
	const struct grub_build *build;
	struct reader sbat;
	struct pe pe;
	int r;

	r = pe_parse(image, err, &pe);
	if (r < 0)
		return r;
	if (!sbat_find(&pe, &sbat) || !is_grub(sbat))
		return -ENOENT;
	return grub_build_from_sbat(&sbat, err, &build);
}

static int list(const struct boot_facts *facts, struct error *err, struct boot_menu *ret)
{
	return grub_list_menu(facts->own, err, ret);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* grub_path: "(hd0,gpt2)/vmlinuz-6.1.0-56-amd64" */
static bool names(const char *grub_path, const struct boot_access *a)
{
	const char *close = strchr(grub_path, ')');

	return close && (size_t)(close - grub_path - 1) == strlen(a->device) &&
	       memcmp(grub_path + 1, a->device, strlen(a->device)) == 0 && strcmp(close + 1, a->path) == 0;
}

static enum file_role role_of(const struct grub_machine *g, const struct boot_trace *t,
			      const struct boot_access *a)
{
	if (t->kernel && names(t->kernel, a))
		return ROLE_KERNEL;
	for (size_t i = 0; i < t->initrd_count; i++)
		if (names(t->initrds[i], a))
			return ROLE_INITRD;
	if (ends_with(a->path, GRUB_ENV_NAME))
		return ROLE_STATE;
	if (!ends_with(a->path, "/grub.cfg"))
		return ROLE_DATA;
	return strcmp(a->device, g->boot_device) == 0 ? ROLE_ESP_CONFIG : ROLE_CONFIG;
}

/* "(hd1,gpt2)/vmlinuz" */
static int rename_file(const struct grub_machine *g, char **file)
{
	const char *close = strchr(*file, ')');
	char *renamed;

	for (size_t i = 0; i < g->device_count && close; i++) {
		const char *name = g->devices[i].name;

		if (!g->original_names[i] || strlen(name) != (size_t)(close - *file - 1) ||
		    memcmp(*file + 1, name, strlen(name)) != 0)
			continue;
		if (asprintf(&renamed, "(%s%s", g->original_names[i], close) < 0)
			return -ENOMEM;
		free(*file);
		*file = renamed;
		return 0;
	}
	return 0;
}

static int rename_device(const struct grub_machine *g, char **device)
{
	for (size_t i = 0; i < g->device_count; i++)
		if (g->original_names[i] && strcmp(g->devices[i].name, *device) == 0) {
			char *renamed = strdup(g->original_names[i]);

			if (!renamed)
				return -ENOMEM;
			free(*device);
			*device = renamed;
			return 0;
		}
	return 0;
}

/*
 * With other disk numbers GRUB measures other names, but the files are those of this machine, which knows
 * them by its own. Blocks that were written keep the new names: loader_grub_after() works on that machine.
 */
static int rename_files(const struct grub_machine *g, struct boot_trace *t)
{
	int r = 0;

	if (!g->original_names)
		return 0;
	for (size_t i = 0; i < t->events.n && r == 0; i++)
		if (t->events.e[i].type == BOOT_EVENT_IMAGE)
			r = rename_file(g, &t->events.e[i].what);
	if (r == 0 && t->kernel)
		r = rename_file(g, &t->kernel);
	if (r == 0 && t->image)
		r = rename_file(g, &t->image);
	for (size_t i = 0; i < t->initrd_count && r == 0; i++)
		r = rename_file(g, &t->initrds[i]);
	for (size_t i = 0; i < t->access_count && r == 0; i++)
		r = rename_device(g, &t->accesses[i].device);
	return r;
}

static int run(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
	       struct boot_trace *ret)
{
	const struct grub_machine *g = facts->own;
	int r;

	r = grub_evaluate(g, choice, err, ret);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ret->access_count; i++)
		ret->accesses[i].role = role_of(g, ret, &ret->accesses[i]);
	/*
	 * 2.12 starts the kernel as an EFI application whose stub fetches the initrd and measures it;
	 * 2.06 enters it through the handover protocol, where the stub measures nothing.
	 */
	ret->through_stub = ret->outcome == BOOT_LINUX && g->build->does & BUILD_STARTS_STUB;
	r = rename_files(g, ret);
	if (r == 0 && ret->kernel) {
		ret->release = strdup(kernel_release(ret->kernel));
		r = ret->release ? 0 : -ENOMEM;
	}
	if (r < 0)
		boot_trace_free(ret);
	return r;
}

/*
 * A machine whose configuration is missing or elsewhere: the missing file says more than that nothing starts.
 */
static int why_nothing(const struct boot_facts *facts, const struct boot_trace *t, struct error *why)
{
	const struct grub_machine *g = facts->own;
	const char *prefix = g->prefix ? g->prefix : "/EFI/debian";
	char esp[64], first[512];

	if (t->unsupported)
		return error_set(why, -EPERM, "it does not start Linux: %s", t->unsupported);
	if (!t->missing_config)
		return error_set(why, -EPERM, "it does not start Linux");
	snprintf(esp, sizeof(esp), "(%s)/", g->boot_device);
	if (strncmp(t->missing_config, esp, strlen(esp)) != 0)
		return error_set(why, -EPERM,
				 "it does not start Linux: GRUB finds no %s; 'update-grub' writes it",
				 t->missing_config);
	/* what grub-install writes, and where GRUB looks next */
	snprintf(first, sizeof(first), "(%s)%s/grub.cfg", g->boot_device, prefix);
	if (strcmp(first, t->missing_config) == 0)
		return error_set(why, -EPERM,
				 "it does not start Linux: GRUB finds no %s; 'grub-install' writes it",
				 first);
	return error_set(why, -EPERM,
			 "it does not start Linux: GRUB finds no %s, nor %s; 'grub-install' writes the first",
			 first, t->missing_config);
}

const struct boot_loader boot_loader_grub = {
	.name = "GRUB",
	/* images; Secure Boot; commands; files; shim's keys */
	.pcrs = PCR(4) | PCR(7) | PCR(8) | PCR(9) | PCR(14),
	.recognize = recognize,
	.list = list,
	.run = run,
	.layouts = loader_grub_layouts,
	.after = loader_grub_after,
	.before = loader_grub_before,
	.earlier = loader_grub_earlier,
	.why_nothing = why_nothing,
};
