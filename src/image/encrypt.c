#include "image/encrypt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "image/output.h"
#include "seal/anchor.h"
#include "seal/token_named.h"

#define DONE_MAX	   64

/* Lines for scripts/image/encrypt. */
static int settings(const struct image_encrypt *o, struct secret *ret)
{
	static const char format[] = "name %s\nfirst-boot %s\nrecovery %s\nkey ";
	char head[sizeof(format) + TARGET_NAME_MAX + 16];
	static const char go[] = "\ngo\n", digits[] = "0123456789abcdef";
	const char *first_boot = o->deploy ? "deploy" : o->first_boot ? "yes" : "no";
	size_t n = snprintf(head, sizeof(head), format, o->mapping, first_boot,
			    o->is_recovery ? "yes" : "no");
	uint8_t *at;
	int r;

	r = secret_new(n + 2 * o->key->len + sizeof(go) - 1, ret);
	if (r < 0)
		return r;
	at = ret->bytes;
	memcpy(at, head, n);
	at += n;
	for (size_t i = 0; i < o->key->len; i++) {
		*at++ = digits[o->key->bytes[i] >> 4];
		*at++ = digits[o->key->bytes[i] & 15];
	}
	memcpy(at, go, sizeof(go) - 1);
	return 0;
}

static int run_helper(const struct image_source *s, const struct image_encrypt *o, const char *target,
		      struct error *err)
{
	const struct helper_file setting = { .name = "zz-bootseal.cfg", .text = o->grub_setting };
	char vmlinuz[PATH_MAX + 16], initrd[PATH_MAX + 16], cmdline[128], uuid[DONE_MAX];
	struct secret lines = SECRET_NONE;
	struct helper h = {
		.work = s->work,
		.source = s->raw,
		.target = target,
		.vmlinuz = vmlinuz,
		.initrd = initrd,
		.cmdline = cmdline,
		.script = helper_script_encrypt(),
		.file = &setting,
		.file_count = 1,
		.settings = &lines,
		.kvm_ms = 60 * 1000,
		.said = o->said,
		.context = o->context,
	};
	int n, r;

	snprintf(vmlinuz, sizeof(vmlinuz), "%s/vmlinuz", s->work);
	snprintf(initrd, sizeof(initrd), "%s/initrd.img", s->work);
	n = snprintf(cmdline, sizeof(cmdline), "root_part=%u esp_part=%u", s->root->number, s->esp->number);
	if (s->boot)
		snprintf(cmdline + n, sizeof(cmdline) - n, " boot_part=%u", s->boot->number);
	r = settings(o, &lines);
	if (r < 0)
		return error_set(err, r, "no memory for the key: %s", strerror(-r));
	r = image_source_kernel(s, err);
	if (r == 0)
		r = helper_run(&h, err, uuid, sizeof(uuid));
	secret_free(&lines);
	return r;
}

int image_encrypt(const struct image_source *s, const struct image_encrypt *o, struct error *err)
{
	const char *output = o->output ? o->output : s->path;
	char target[PATH_MAX], made[PATH_MAX];
	int r;

	if (s->encrypted)
		return error_set(err, -ECANCELED, "%s: its root is encrypted already", s->path);
	if (!s->kernel[0])
		return error_set(err, -ECANCELED, "%s: there is no kernel with an initrd in its /boot",
				 s->path);
	if (!anchor_takes_name(o->mapping))
		return error_set(err, -EINVAL, "%s: no name for a volume", o->mapping);
	if (snprintf(target, sizeof(target), "%s/new", s->work) >= (int)sizeof(target))
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	r = image_output_check(s, output, err);
	if (r == 0)
		r = image_output_new(target, s->size, err);
	if (r == 0)
		r = run_helper(s, o, target, err);
	if (r == 0)
		r = image_output_convert(s, target, made, err);
	if (r == 0)
		r = o->ready(o->context, err);
	return r == 0 ? image_output_place(s, made, output, err) : r;
}
