#include "image/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/process.h"
#include "base/reader.h"
#include "base/text.h"

#define TIMEOUT_MS   (6 * 60 * 60 * 1000)
#define TCG_MS	     (30 * 60 * 1000) /* for the first word of a kernel that is emulated on a busy machine */
#define INITRD_MAX   (1u << 30)
#define LINE_MAX_LEN 4096
#define MEMORY_MB    "1024"

/* The files of scripts/image, in the program itself: what runs in there always fits it. */
#define SCRIPT(symbol, path)                                                                                 \
	__asm__(".pushsection .rodata\n" #symbol ": .incbin \"" path "\"\n" #symbol "_end:\n.popsection");   \
	extern const char symbol[], symbol##_end[];

SCRIPT(image_script_init, "scripts/image/init")
SCRIPT(image_script_encrypt, "scripts/image/encrypt")

#define LEN_OF(symbol) ((size_t)((uintptr_t)symbol##_end - (uintptr_t)symbol))

/* The lengths are known to the linker only. */
struct helper_script helper_script_encrypt(void)
{
	return (struct helper_script){ image_script_encrypt, LEN_OF(image_script_encrypt) };
}

static void pad(struct buffer *b)
{
	while (b->len % 4 != 0)
		buffer_add_u8(b, 0);
}

/* "newc", as measure/initrd/cpio.h reads it. */
static void add_file(struct buffer *b, const char *name, const char *text, size_t n)
{
	size_t name_len = strlen(name) + 1;

	pad(b);
	buffer_addf(b, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0, n > 0 ? 0100755 : 0,
		    0, 0, 1, 0, n, 0, 0, 0, 0, name_len, 0);
	buffer_add(b, name, name_len);
	pad(b);
	buffer_add(b, text, n);
	pad(b);
}

/* The image's initrd, and behind it an archive whose files take the place of those of the same name. */
static int write_initrd(const struct helper *h, const char *path, struct error *err)
{
	struct buffer b = BUFFER_NONE;
	int r;

	r = file_read(h->initrd, INITRD_MAX, err, &b);
	if (r == 0) {
		add_file(&b, "init", image_script_init, LEN_OF(image_script_init));
		add_file(&b, "bootseal-image", h->script.text, h->script.len);
		for (size_t i = 0; i < h->file_count; i++)
			add_file(&b, h->file[i].name, h->file[i].text, strlen(h->file[i].text));
		add_file(&b, "TRAILER!!!", "", 0);
		r = buffer_ok(&b) ? file_replace(path, b.data, b.len, 0600, err) : -ENOMEM;
	}
	buffer_free(&b);
	return r;
}

/* QEMU's options take a comma in a file's name twice. */
static void add_escaped(struct buffer *b, const char *path)
{
	for (; *path; path++) {
		buffer_add_u8(b, *path);
		if (*path == ',')
			buffer_add_u8(b, ',');
	}
}

static void add_drive(struct buffer *b, const char *path, const char *how)
{
	buffer_addf(b, "format=raw,if=virtio,%s,file=", how);
	add_escaped(b, path);
}

struct talk {
	const struct helper *h;
	struct error *err;
	char line[LINE_MAX_LEN];
	size_t len;
	bool heard, refused, failed, done;
	char *ret;
	size_t ret_size;
};

static bool says(const char *line, const char *word, const char **ret_rest)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0 || (line[n] != ' ' && line[n] != '\0'))
		return false;
	*ret_rest = line + n + (line[n] == ' ');
	return true;
}

static void take_bytes(struct talk *t, const char *text)
{
	const char *space = strchr(text, ' ');
	uint64_t done, all;

	if (space && text_number(text, space - text, INT64_MAX, &done) == 0 &&
	    text_number(space + 1, strlen(space + 1), INT64_MAX, &all) == 0)
		t->h->said(t->h->context, HELPER_BYTES, "", done, all);
}

static void take_line(struct talk *t)
{
	const char *rest;

	t->heard = true;
	text_make_printable(t->line);
	if (says(t->line, "step", &rest))
		t->h->said(t->h->context, HELPER_STEP, rest, 0, 0);
	else if (says(t->line, "note", &rest))
		t->h->said(t->h->context, HELPER_NOTE, rest, 0, 0);
	else if (says(t->line, "bytes", &rest))
		take_bytes(t, rest);
	else if (says(t->line, "refused", &rest) && !t->refused) {
		t->refused = true;
		error_set(t->err, 0, "%s", rest);
	} else if (says(t->line, "failed", &rest) && !t->refused && !t->failed) {
		t->failed = true;
		error_set(t->err, 0, "%s", rest);
	} else if (says(t->line, "done", &rest)) {
		t->done = true;
		snprintf(t->ret, t->ret_size, "%s", rest);
	}
}

/* The guest is not trusted with more than to say what it did: a longer line is cut. */
static int take(void *context, const void *data, size_t n)
{
	struct talk *t = context;
	const char *text = data;

	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n') {
			if (t->len < sizeof(t->line) - 1)
				t->line[t->len++] = text[i];
			continue;
		}
		t->line[t->len] = '\0';
		take_line(t);
		t->len = 0;
	}
	return 0;
}

/* How far the guest came when it could not even speak. */
static int silent(const char *console, struct error *err)
{
	struct buffer b = BUFFER_NONE;
	const char *at, *said = NULL;

	if (file_read(console, INITRD_MAX, NULL, &b) == 0)
		for (at = buffer_str(&b); (at = strstr(at, "bootseal-image: ")) != NULL; at += 16)
			said = at + 16;
	if (said)
		error_set(err, 0, "%.*s", (int)strcspn(said, "\r\n"), said);
	else
		error_set(err, 0, "the image's kernel did not come up");
	buffer_free(&b);
	return error_prefix(err, -EPIPE, "the helper VM ended early (%s)", console);
}

static int judge(const struct talk *t, const char *console, int r, struct error *err)
{
	if (t->refused)
		return -ECANCELED;
	if (t->failed)
		return error_prefix(err, -EPIPE, "the helper VM failed (its console: %s)", console);
	if (r < 0 || t->done)
		return r;
	return silent(console, err);
}

/* What the command line of QEMU is made of. */
struct parts {
	struct buffer source, target, console, serial, initrd, temporary, cmdline;
};

static bool parts_make(const struct helper *h, struct parts *p)
{
	*p = (struct parts){ .source = BUFFER_NONE };
	buffer_addf(&p->console, "%s/console", h->work);
	buffer_addf(&p->initrd, "%s/initrd", h->work);
	buffer_addf(&p->temporary, "TMPDIR=%s", h->work);
	buffer_addf(&p->cmdline, "console=ttyS0 quiet oops=panic panic=-1 %s", h->cmdline);
	buffer_addf(&p->serial, "file:");
	add_escaped(&p->serial, buffer_str(&p->console));
	add_drive(&p->source, h->source, "snapshot=on,cache=unsafe");
	add_drive(&p->target, h->target, "cache=unsafe,discard=unmap,detect-zeroes=unmap");
	return buffer_ok(&p->source) && buffer_ok(&p->target) && buffer_ok(&p->console) &&
	       buffer_ok(&p->serial) && buffer_ok(&p->initrd) && buffer_ok(&p->temporary) &&
	       buffer_ok(&p->cmdline);
}

static void parts_free(struct parts *p)
{
	buffer_free(&p->source);
	buffer_free(&p->target);
	buffer_free(&p->console);
	buffer_free(&p->serial);
	buffer_free(&p->initrd);
	buffer_free(&p->temporary);
	buffer_free(&p->cmdline);
}

/* Two ports: where the host's end of one is closed, as after the settings, the guest's writes hang. */
static int run_qemu(const struct parts *p, const char *accelerator, struct talk *t, struct error *err)
{
	const struct helper *h = t->h;
	const char *const argv[] = {
		"qemu-system-x86_64", "-machine", "q35", "-accel", accelerator, "-cpu", "max",
		"-smp", "1", "-m", MEMORY_MB, "-nodefaults", "-display", "none", "-no-reboot", "-net", "none",
		"-kernel", h->vmlinuz, "-initrd", buffer_str(&p->initrd),
		"-append", buffer_str(&p->cmdline), "-serial", buffer_str(&p->serial),
		"-drive", buffer_str(&p->source), "-drive", buffer_str(&p->source),
		"-drive", buffer_str(&p->target), "-device", "virtio-serial-pci",
		"-chardev", "stdio,id=settings,signal=off", "-chardev", "file,id=says,path=/dev/stdout",
		"-device", "virtserialport,chardev=settings,name=org.bootseal.settings",
		"-device", "virtserialport,chardev=says,name=org.bootseal.says", NULL,
	};
	const char *const env[] = { buffer_str(&p->temporary), NULL };
	const struct process process = {
		.argv = argv,
		.env = env,
		.input = h->settings->bytes,
		.input_len = h->settings->len,
		.timeout_ms = TIMEOUT_MS,
		.first_ms = strcmp(accelerator, "kvm") == 0 ? h->kvm_ms : TCG_MS,
		.output = take,
		.context = t,
	};

	return process_run(&process, err);
}

/*
 * KVM may be missing, forbidden, or there and of no use, as in a VM on some hosts: QEMU ends, or the guest
 * stands still. Until the script has said something nothing has been written.
 */
static int run_accelerated(const struct parts *p, struct talk *t, struct error *err)
{
	int r = run_qemu(p, "kvm", t, err);

	if (t->heard || r == -ENOENT)
		return r;
	if (r == -ETIMEDOUT)
		t->h->said(t->h->context, HELPER_NOTE,
			   "KVM does not start the image's kernel on this machine: emulating, which takes "
			   "longer", 0, 0);
	t->len = 0;
	return run_qemu(p, "tcg", t, err);
}

int helper_run(const struct helper *h, struct error *err, char *ret, size_t ret_size)
{
	struct talk t = { .h = h, .err = err, .ret = ret, .ret_size = ret_size };
	struct parts p;
	int r;

	r = parts_make(h, &p) ? write_initrd(h, buffer_str(&p.initrd), err) : -ENOMEM;
	if (r == 0)
		r = judge(&t, buffer_str(&p.console), run_accelerated(&p, &t, err), err);
	parts_free(&p);
	return r;
}
