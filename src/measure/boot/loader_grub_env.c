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

int loader_grub_before(const struct boot_facts *facts, const struct boot_trace *trace,
		       const struct event_list *log, struct boot_variant *ret)
{
	const struct grub_machine *g = facts->own;
	const struct boot_access *env = find_access(trace);
	const struct event *logged = find_logged(log);
	const struct grub_device *device = env ? find_device(g, env->device) : NULL;
	struct grub_overlay_file f;
	const uint8_t *now;
	uint8_t *before;
	size_t len;
	int r;

	if (!logged || !device || g->files->read(g->files->context, device, env->path, &now, &len) < 0 ||
	    len == 0)
		return -ENOENT;
	before = malloc(len);
	if (!before)
		return -ENOMEM;
	r = grubenv_before(now, len, logged->digest, log, before);
	if (r == 0 && memcmp(before, now, len) == 0)
		r = -ENOENT;
	f = (struct grub_overlay_file){
		.device = env->device, .path = env->path, .bytes = before, .len = len
	};
	if (r == 0)
		r = with_block(g, &f, ret);
	free(before);
	return r;
}
