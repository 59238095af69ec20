/* GRUB as a boot loader: the model in measure/grub behind the seam. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/boot/bootpath_names.h"
#include "measure/boot/loader.h"
#include "measure/boot/loader_grub_env.h"
#include "measure/efi/pe.h"
#include "measure/grub/grub.h"
#include "measure/grub/renumber.h"

/* A line of its .sbat says so: "grub,5,Free Software Foundation,grub,2.12,...". */
static bool is_grub(struct reader sbat)
{
	static const char component[] = "grub,";
	struct reader line, start;

	while (reader_line(&sbat, &line))
		if (reader_take(&line, strlen(component), &start) && reader_equals(&start, component))
			return true;
	return false;
}

static int recognize(const struct reader *image, struct error *err)
{
	enum grub_version version;
	struct reader sbat;
	struct pe pe;
	int r;

	r = pe_parse(image, err, &pe);
	if (r < 0)
		return r;
	if (!pe_section(&pe, ".sbat", &sbat) || !is_grub(sbat))
		return -ENOENT;
	return grub_version_from_sbat((const char *)sbat.at, sbat.left, err, &version);
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
	 * Debian's 2.06 enters it through the handover protocol, where the stub measures nothing.
	 */
	ret->through_stub = ret->outcome == BOOT_LINUX && g->version == GRUB_2_12;
	if (ret->kernel) {
		ret->release = strdup(kernel_release(ret->kernel));
		if (!ret->release) {
			boot_trace_free(ret);
			return -ENOMEM;
		}
	}
	return 0;
}

/* A disk is added or removed: GRUB numbers them in the firmware's order. */
static int layouts(const struct boot_facts *facts, boot_variant_fn each, void *context)
{
	const struct grub_machine *now = facts->own;
	struct grub_machine *then;
	int r = 0;

	for (unsigned number = 0; number < 2 && r == 0; number++) {
		struct boot_variant v = BOOT_VARIANT_NONE;

		r = grub_renumber(now, number, &then);
		if (r == -EOPNOTSUPP)
			return 0;
		if (r < 0)
			return r;
		v.memory = then;
		v.own = then;
		snprintf(v.note, sizeof(v.note), ", boot disk as hd%u", number);
		snprintf(v.key, sizeof(v.key), " disk %s", then->boot_device);
		r = hash_sha256(v.key, strlen(v.key), v.id);
		if (r < 0 || strcmp(then->boot_device, now->boot_device) == 0)
			boot_variant_free(&v);
		else
			r = each(context, &v);
	}
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
	.layouts = layouts,
	.after = loader_grub_after,
	.before = loader_grub_before,
	.why_nothing = why_nothing,
};
