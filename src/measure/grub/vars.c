/* Models GRUB's kern/env.c and normal/context.c. */
#include "measure/grub/vars.h"

#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/grub.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"

static struct grub_var **find_slot(struct grub_context *c, const char *name)
{
	unsigned h = 0;
	const char *p;
	struct grub_var **v;

	for (p = name; *p; p++)
		h += 5u * (unsigned char)*p;
	v = &c->vars[h % GRUB_VAR_BUCKETS];
	while (*v && strcmp((*v)->name, name))
		v = &(*v)->next;
	return v;
}

const char *grub_vars_get(struct grub *g, const char *name)
{
	struct grub_var *v = *find_slot(g->context, name);

	return v ? v->value : NULL;
}

static struct grub_var *get_or_make(struct grub *g, const char *name)
{
	struct grub_var **slot = find_slot(g->context, name), *v;

	if (*slot)
		return *slot;
	v = grub_alloc(g, sizeof(*v));
	v->name = grub_dup(g, name);
	v->value = "";
	*slot = v;
	return v;
}

void grub_vars_set(struct grub *g, const char *name, const char *value)
{
	struct grub_var *v = get_or_make(g, name);
	char *copy = grub_dup(g, value);

	if (!strcmp(name, "theme")) {
		g->theme_name = g->where_name;
		g->theme_line = g->where_line;
	}
	if (v->on_write)
		v->on_write(g, v, copy);
	else
		v->value = copy;
}

void grub_vars_unset(struct grub *g, const char *name)
{
	struct grub_var **slot = find_slot(g->context, name);

	if (!*slot)
		return;
	if ((*slot)->on_write)
		(*slot)->on_write(g, *slot, "");
	else
		*slot = (*slot)->next;
}

void grub_vars_restore(struct grub *g, const char *name, const char *value)
{
	if (value)
		grub_vars_set(g, name, value);
	else
		grub_vars_unset(g, name);
}

void grub_vars_export(struct grub *g, const char *name)
{
	get_or_make(g, name)->exported = true;
}

void grub_vars_hook(struct grub *g, const char *name, grub_var_write_fn on_write)
{
	get_or_make(g, name)->on_write = on_write;
}

void grub_context_open(struct grub *g, bool export_all)
{
	struct grub_context *c = grub_alloc(g, sizeof(*c));
	struct grub_var *v, *copy;
	unsigned i;

	c->prev = g->context;
	g->context = c;
	for (i = 0; i < GRUB_VAR_BUCKETS; i++)
		for (v = c->prev->vars[i]; v; v = v->next) {
			if (!v->exported && !export_all)
				continue;
			copy = get_or_make(g, v->name);
			copy->value = v->value;
			copy->on_write = v->on_write;
			copy->exported = true;
		}
}

void grub_context_close(struct grub *g)
{
	g->context = g->context->prev;
}

/* kern/main.c, grub_env_write_root */
static void write_root(struct grub *g, struct grub_var *v, const char *value)
{
	size_t n = strlen(value);

	v->value = n > 1 && value[0] == '(' && value[n - 1] == ')' ? grub_dup_n(g, value + 1, n - 2) : value;
}

static void write_check_signatures(struct grub *g, struct grub_var *v, const char *value)
{
	if (value[0] == '1' || value[0] == 'e')
		grub_unmodelled(g, "check_signatures is not modelled");
	v->value = "no";
}

static void set_exported(struct grub *g, const char *name, const char *value)
{
	grub_vars_set(g, name, value);
	grub_vars_export(g, name);
}

void grub_vars_start(struct grub *g)
{
	static const char *const features[] = {
		"feature_chainloader_bpb", "feature_ntldr", "feature_platform_search_hint",
		"feature_default_font_path", "feature_all_video_module", "feature_menuentry_id",
		"feature_menuentry_options", "feature_200_final", "feature_nativedisk_cmd",
		"feature_timeout_style",
	};
	const struct grub_machine *m = g->machine;
	size_t i;

	g->context = grub_alloc(g, sizeof(*g->context));
	if (m->secure_boot) {
		set_exported(g, "lockdown", "y");
		set_exported(g, "shim_lock", "y");
	}
	set_exported(g, "pager", "");
	set_exported(g, "color_normal", "light-gray/black");
	set_exported(g, "color_highlight", "black/light-gray");
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		set_exported(g, features[i], "y");
	set_exported(g, "grub_cpu", "x86_64");
	set_exported(g, "grub_platform", "efi");
	grub_vars_hook(g, "check_signatures", write_check_signatures);
	set_exported(g, "check_signatures", "no");
	grub_vars_hook(g, "root", write_root);
	set_exported(g, grub_does(m, BUILD_FW_PATH) ? "fw_path" : "cmdpath",
		     grub_format(g, "(%s)%s", m->boot_device, m->boot_dir));
	set_exported(g, "prefix",
		     grub_format(g, "(%s)%s", m->boot_device, m->prefix ? m->prefix : "/EFI/debian"));
	set_exported(g, "root", m->boot_device);
}
