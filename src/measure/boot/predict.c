#include "measure/boot/predict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "measure/log/tcg.h"

/* Names of the stub's tagged events: drivers/firmware/efi/libstub/efi-stub-helper.c. */
#define STUB_OPTIONS "LOADED_IMAGE::LoadOptions"
#define STUB_INITRD "Linux initrd"
#define TEXT_MAX 8192 /* bytes of one text, as in eventlog_text.c: a menu entry comes with its body */

/* An event's text in the same dress as that of a logged event: one printable line. */
static int add_event(struct event_list *l, const struct event *e)
{
	struct buffer text = BUFFER_NONE;
	int r = -ENOMEM;

	text_add_printable(&text, e->what, strlen(e->what), TEXT_MAX);
	if (buffer_ok(&text))
		r = event_list_add(l, e->pcr, e->type, e->digest, buffer_str(&text));
	buffer_free(&text);
	return r;
}

static int add_range(struct event_list *l, const struct event_list *from, size_t *at, size_t end)
{
	int r = 0;

	for (; *at < end && r == 0; (*at)++)
		r = add_event(l, &from->e[*at]);
	return r;
}

/* One past the firmware's separator in PCR 7: everything before it is variables. */
static size_t end_of_variables(const struct event_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == 7 && l->e[i].type == EV_SEPARATOR)
			return i + 1;
	return 0;
}

/*
 * shim mirrors its variables (PCR 14) as soon as it runs, so the firmware has verified and measured it before
 * that.
 */
static size_t start_of_shim(const struct event_list *l, size_t from)
{
	while (from < l->n && l->e[from].pcr != 14)
		from++;
	return from;
}

static int add_image(const struct boot_facts *c, size_t i, struct event_list *l)
{
	return event_list_add(l, 4, EV_EFI_BOOT_SERVICES_APPLICATION, c->image[i].digest, c->image[i].name);
}

/* The firmware up to the first image, which verifies what follows. */
static int add_images(const struct boot_facts *c, struct event_list *l)
{
	const struct event_list *sb = c->secureboot;
	size_t at = 0;
	int r;

	r = add_range(l, sb, &at, end_of_variables(sb));
	if (r == 0)
		r = event_list_append(l, c->platform);
	if (r == 0)
		r = add_range(l, sb, &at, start_of_shim(sb, at));
	if (r == 0)
		r = add_image(c, 0, l);
	if (r == 0)
		r = add_range(l, sb, &at, sb->n);
	for (size_t i = 1; i < c->image_count && r == 0; i++)
		r = add_image(c, i, l);
	return r;
}

/*
 * GRUB's events, with each marker replaced by the image's digest. shim verifies after it has measured
 * (shim_verify).
 */
static int add_grub(const struct boot_facts *c, const struct boot_trace *g, struct error *err,
		    struct event_list *l, struct boot_kernel *ret_kernel)
{
	bool verified = false;
	int r;

	for (size_t i = 0; i < g->events.n; i++) {
		const struct event *e = &g->events.e[i];

		if (e->type != BOOT_EVENT_IMAGE) {
			r = add_event(l, e);
			if (r < 0)
				return r;
			continue;
		}
		r = c->kernel(c->context, e->what, err, ret_kernel);
		if (r == 0)
			r = event_list_add(l, 4, EV_EFI_BOOT_SERVICES_APPLICATION, ret_kernel->digest, e->what);
		if (r == 0 && ret_kernel->authorities && !verified)
			r = event_list_append(l, ret_kernel->authorities);
		if (r < 0)
			return r;
		verified = true;
	}
	return 0;
}

/* The command line as the stub sees it: UTF-16LE without a NUL. */
static int add_stub_options(const char *cmdline, struct error *err, struct event_list *l)
{
	struct buffer utf16 = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	int r;

	for (const char *p = cmdline; *p; p++) {
		if ((unsigned char)*p >= 0x80) {
			buffer_free(&utf16);
			return error_set(err, -EOPNOTSUPP, "kernel command line with letters outside ASCII: not modelled");
		}
		buffer_add_u8(&utf16, *p);
		buffer_add_u8(&utf16, 0);
	}
	r = buffer_ok(&utf16) ? hash_sha256(utf16.data, utf16.len, digest) : -ENOMEM;
	if (r == 0)
		r = event_list_add(l, 9, EV_EVENT_TAG, digest, STUB_OPTIONS);
	buffer_free(&utf16);
	return r;
}

/*
 * GRUB 2.12 starts the kernel as an EFI application whose stub fetches the initrd and measures it; Debian's
 * 2.06 enters it through the handover protocol, where the stub measures nothing.
 */
static int add_stub(const struct boot_facts *c, const struct boot_trace *g, struct error *err,
		    struct event_list *l)
{
	struct boot_kernel k = { .authorities = NULL };
	uint8_t digest[SHA256_LEN];
	int r;

	if (((const struct grub_machine *)c->own)->version != GRUB_2_12 || g->outcome != BOOT_LINUX)
		return 0;
	r = c->kernel(c->context, g->kernel, err, &k);
	if (r == 0 && k.stub_options)
		r = add_stub_options(g->cmdline, err, l);
	if (r < 0 || !k.stub_initrd || g->initrd_count == 0)
		return r;
	r = c->initrds(c->context, g->initrds, g->initrd_count, err, digest);
	if (r == 0)
		r = event_list_add(l, 9, EV_EVENT_TAG, digest, STUB_INITRD);
	return r;
}

int predict(const struct boot_facts *c, const struct boot_choice *choice, struct error *err,
	    struct prediction *ret)
{
	struct prediction p = PREDICTION_NONE;
	struct boot_kernel kernel = { .authorities = NULL };
	int r;

	r = c->loader->run(c, choice, err, &p.trace);
	if (r < 0)
		goto out;
	r = add_images(c, &p.events);
	if (r == 0)
		r = add_grub(c, &p.trace, err, &p.events, &kernel);
	if (r == 0)
		r = add_stub(c, &p.trace, err, &p.events);
	if (r == 0)
		r = event_list_replay(&p.events, p.pcrs);
	if (r < 0)
		goto out;
	event_list_free(&p.trace.events);
	*ret = p;
	p = PREDICTION_NONE;
out:
	prediction_free(&p);
	return r;
}

void prediction_free(struct prediction *p)
{
	event_list_free(&p->events);
	boot_trace_free(&p->trace);
	*p = PREDICTION_NONE;
}

static bool covers(const struct overlay *o, const struct grub_device *device, const char *path)
{
	return strcmp(device->name, o->device) == 0 && strcmp(path, o->path) == 0;
}

static int overlay_stat(void *context, const struct grub_device *device, const char *path, struct grub_stat *ret)
{
	struct overlay *o = context;
	int r = o->below->stat(o->below->context, device, path, ret);

	if (!covers(o, device, path))
		return r;
	if (r < 0)
		*ret = (struct grub_stat){ .is_dir = false };
	ret->size = o->len;
	return 0;
}

static int overlay_read(void *context, const struct grub_device *device, const char *path, const uint8_t **ret_bytes,
			size_t *ret_len)
{
	struct overlay *o = context;

	if (!covers(o, device, path))
		return o->below->read(o->below->context, device, path, ret_bytes, ret_len);
	*ret_bytes = o->bytes;
	*ret_len = o->len;
	return 0;
}

static int overlay_digest(void *context, const struct grub_device *device, const char *path,
			  uint8_t ret_digest[static 32])
{
	struct overlay *o = context;

	if (!covers(o, device, path))
		return o->below->digest(o->below->context, device, path, ret_digest);
	return hash_sha256(o->bytes, o->len, ret_digest);
}

static int overlay_list(void *context, const struct grub_device *device, const char *path,
			int (*each)(void *each_context, const char *name), void *each_context)
{
	struct overlay *o = context;

	return o->below->list(o->below->context, device, path, each, each_context);
}

void overlay_init(struct overlay *o, const struct grub_files *below, const char *device, const char *path,
		  const uint8_t *bytes, size_t len)
{
	*o = (struct overlay){ .below = below, .device = device, .path = path, .bytes = bytes, .len = len };
	o->files = (struct grub_files){
		.context = o,
		.stat = overlay_stat,
		.read = overlay_read,
		.digest = overlay_digest,
		.list = below->list ? overlay_list : NULL,
	};
}
