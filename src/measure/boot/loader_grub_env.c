#include "measure/boot/loader_grub_env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "measure/grub/env.h"
#include "measure/grub/env_before.h"
#include "measure/grub/grub.h"
#include "measure/grub/overlay.h"

static int is_recordfail(void *context, const char *name, const char *value)
{
	return strcmp(name, "recordfail") == 0 && strcmp(value, "1") == 0;
}

/* The machine with this environment block. */
static int with_block(const struct grub_machine *g, const struct grub_overlay_file *f,
		      struct boot_variant *ret)
{
	struct boot_variant v = BOOT_VARIANT_NONE;
	struct grub_machine *machine = NULL;
	char hex[17];
	int r;

	r = hash_sha256(f->bytes, f->len, v.id);
	if (r == 0)
		r = grub_overlay(g, f, &machine);
	if (r < 0)
		return r;
	v.own = v.memory = machine;
	text_hex(v.id, 8, hex);
	snprintf(v.key, sizeof(v.key), " env %s", hex);
	snprintf(v.note, sizeof(v.note), "%s", grub_env_each(f->bytes, f->len, is_recordfail, NULL) == 1 ?
		 ", after a boot that was cut short" : ", after GRUB changed its environment");
	*ret = v;
	return 0;
}

static int hand_on(const struct grub_machine *g, const struct grub_overlay_file *f, boot_variant_fn each,
		   void *context)
{
	struct boot_variant v;
	int r = with_block(g, f, &v);

	return r < 0 ? r : each(context, &v);
}

/*
 * What services of the started system take out of the block: grub-common.service recordfail, and Ubuntu's
 * grub-initrd-fallback.service the other two. A boot may be cut short before the first, or between them.
 */
static const char *const reset[] = { "recordfail", "initrdfail", "prev_entry" };
#define RESETS (sizeof(reset) / sizeof(reset[0]))

/* The block as GRUB wrote it, without what the services have taken out so far. */
static int hand_on_resets(const struct grub_machine *g, struct grub_overlay_file *f, boot_variant_fn each,
			  void *context)
{
	uint8_t *block = malloc(f->len);
	int r;

	if (!block)
		return -ENOMEM;
	memcpy(block, f->bytes, f->len);
	f->bytes = block;
	r = hand_on(g, f, each, context);
	for (size_t i = 0; i < RESETS && r == 0; i++) {
		grub_env_unset(block, f->len, reset[i]);
		r = hand_on(g, f, each, context);
	}
	free(block);
	return r;
}

/* As GRUB wrote it, and as the started system leaves it. */
int loader_grub_after(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
		      void *context)
{
	int r = 0;

	for (size_t i = 0; i < trace->write_count && r == 0; i++) {
		const struct boot_written *w = &trace->writes[i];
		struct grub_overlay_file f = {
			.device = w->device, .path = w->path, .bytes = w->bytes, .len = w->len
		};

		if (grub_env_valid(w->bytes, w->len))
			r = hand_on_resets(facts->own, &f, each, context);
	}
	return r;
}

static bool ends_with_name(const char *s)
{
	size_t n = strlen(s), suffix = strlen(GRUB_ENV_NAME);

	return n >= suffix && strcmp(s + n - suffix, GRUB_ENV_NAME) == 0;
}

static const struct event *find_logged(const struct event_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].kind == EVENT_FILE && strlen(l->e[i].what) > strlen(GRUB_ENV_NAME) &&
		    ends_with_name(l->e[i].what))
			return &l->e[i];
	return NULL;
}

static const struct boot_access *find_access(const struct boot_trace *t)
{
	for (size_t i = 0; i < t->access_count; i++)
		if (t->accesses[i].opened && ends_with_name(t->accesses[i].path))
			return &t->accesses[i];
	return NULL;
}

static const struct grub_device *find_device(const struct grub_machine *g, const char *name)
{
	for (size_t i = 0; i < g->device_count; i++)
		if (strcmp(g->devices[i].name, name) == 0)
			return &g->devices[i];
	return NULL;
}

/* The environment that the trace opened, as it is now; -ENOENT. */
static int read_now(const struct grub_machine *g, const struct boot_trace *trace,
		    struct grub_overlay_file *ret)
{
	const struct boot_access *env = find_access(trace);
	const struct grub_device *device = env ? find_device(g, env->device) : NULL;
	struct grub_overlay_file f = { .bytes = NULL };

	if (!device || g->files->read(g->files->context, device, env->path, &f.bytes, &f.len) < 0 ||
	    f.len == 0)
		return -ENOENT;
	f.device = env->device;
	f.path = env->path;
	*ret = f;
	return 0;
}

int loader_grub_before(const struct boot_facts *facts, const struct boot_trace *trace,
		       const struct event_list *log, struct boot_variant *ret)
{
	const struct grub_machine *g = facts->own;
	const struct event *logged = find_logged(log);
	struct grub_overlay_file f;
	const uint8_t *now;
	uint8_t *before;
	size_t len;
	int r;

	if (!logged || read_now(g, trace, &f) < 0)
		return -ENOENT;
	now = f.bytes;
	len = f.len;
	before = malloc(len);
	if (!before)
		return -ENOMEM;
	r = grubenv_before(now, len, logged->digest, log, before);
	if (r == 0 && memcmp(before, now, len) == 0)
		r = -ENOENT;
	f.bytes = before;
	if (r == 0)
		r = with_block(g, &f, ret);
	free(before);
	return r;
}

/* What a boot and the services after it make of these; NULL: not there. */
static const struct earlier {
	const char *name, *value;
} earlier[] = {
	{ "recordfail", NULL },	 { "recordfail", "1" }, { "initrdfail", NULL },
	{ "initrdfail", "1" },	 { "prev_entry", NULL }, { "next_entry", NULL },
	{ "initrdless_boot_fallback_triggered", NULL }, { "initrdless_boot_fallback_triggered", "1" },
};
#define EARLIER (sizeof(earlier) / sizeof(earlier[0]))
#define ONE_SHOTS_MAX 32 /* entries that are tried as one */

struct guess {
	const struct grub_machine *machine;
	struct grub_overlay_file now, changed;
	uint8_t *block; /* of changed */
	boot_variant_fn each;
	void *context;
	size_t left; /* entries */
};

static void apply(const struct guess *g, const struct earlier *e)
{
	if (e->value)
		grub_env_set(g->block, g->now.len, e->name, e->value);
	else
		grub_env_unset(g->block, g->now.len, e->name);
}

static int try_changes(const struct guess *g, const struct earlier *one, const struct earlier *other)
{
	memcpy(g->block, g->now.bytes, g->now.len);
	apply(g, one);
	apply(g, other);
	return memcmp(g->block, g->now.bytes, g->now.len) != 0
		       ? hand_on(g->machine, &g->changed, g->each, g->context)
		       : 0;
}

/* A one-shot of grub-reboot, which the boot used up. */
static int try_one_shots(struct guess *g, const struct boot_entry *entry, size_t n)
{
	struct earlier once = { "next_entry", NULL };
	int r = 0;

	for (size_t i = 0; i < n && g->left > 0 && r == 0; i++) {
		if (entry[i].submenu) {
			r = try_one_shots(g, entry[i].entries, entry[i].entry_count);
			continue;
		}
		g->left--;
		once.value = entry[i].path;
		r = try_changes(g, &once, &once);
	}
	return r;
}

static int try_all(struct guess *g)
{
	struct boot_menu menu = { .entries = NULL };
	int r = 0;

	for (size_t i = 0; i < EARLIER && r == 0; i++)
		r = try_changes(g, &earlier[i], &earlier[i]);
	for (size_t i = 0; i < EARLIER && r == 0; i++)
		for (size_t k = i + 1; k < EARLIER && r == 0; k++)
			r = try_changes(g, &earlier[i], &earlier[k]);
	if (r != 0 || grub_list_menu(g->machine, NULL, &menu) < 0)
		return r;
	r = try_one_shots(g, menu.entries, menu.entry_count);
	boot_menu_free(&menu);
	return r;
}

/* Each change alone, then two at a time, then each entry that may have been chosen for one boot. */
int loader_grub_earlier(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
			void *context)
{
	struct guess g = { .machine = facts->own, .each = each, .context = context, .left = ONE_SHOTS_MAX };
	int r;

	if (read_now(g.machine, trace, &g.now) < 0 || !grub_env_valid(g.now.bytes, g.now.len))
		return 0;
	g.block = malloc(g.now.len);
	if (!g.block)
		return -ENOMEM;
	g.changed = g.now;
	g.changed.bytes = g.block;
	r = try_all(&g);
	free(g.block);
	return r;
}
