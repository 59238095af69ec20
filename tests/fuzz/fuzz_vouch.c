/*
 * Files of the boot chain that ask to be accepted; the first byte says which: the stub that grub-install
 * writes, GRUB's environment block, dpkg's list of checksums, a kernel's command line (words that are known,
 * NUL, the line). The linker puts our own functions in the place of those that read files.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "machine/trust/vouch_cmdline.h"
#include "machine/trust/vouch_grub.h"
#include "machine/trust/vouch_packages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret);
DIR *__wrap_machine_opendir(const struct machine *m, const char *path);
int __wrap_input_bytes(struct input *i, struct error *err, struct reader *ret);
void __wrap_input_done(struct input *i);
const struct file_facts *__wrap_input_facts(const struct input *i);

static struct reader content;

int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	buffer_add(&b, content.at, content.left);
	*ret = b;
	return 0;
}

/* one list, whose contents are machine_read()'s */
DIR *__wrap_machine_opendir(const struct machine *m, const char *path)
{
	return opendir("tests/fuzz/dpkg-info");
}

int __wrap_input_bytes(struct input *i, struct error *err, struct reader *ret)
{
	*ret = content;
	return 0;
}

void __wrap_input_done(struct input *i)
{
}

const struct file_facts *__wrap_input_facts(const struct input *i)
{
	static const struct file_facts facts = { .path = (char *)"/boot/vmlinuz-6.1" };

	return &facts;
}

static void ask_about_file(uint8_t kind)
{
	static struct partition boot = { .number = 1,
					 .fs_uuid = "d83bebd6-0000-4000-8000-000000000001",
					 .mount = "/boot" };
	static struct chain chain = { .parts = { .at = &boot, .n = 1 } };
	const struct vouch v = { .chain = &chain };
	const struct vouch_question q = { .release = "6.1" };
	struct error why = ERROR_NONE;

	switch (kind) {
	case 0:
		/* nothing of a shell's or GRUB's own in what is accepted */
		if (vouch_by_grub_install(&v, &q))
			for (size_t i = 0; i < content.left; i++)
				if (strchr(";|&{}<>`\"*?\\", content.at[i]))
					abort();
		break;
	case 1:
		if (vouch_grubenv(&v, &q, &why) < 0 && !why.text[0])
			abort();
		break;
	default:
		/* the list cannot hold its own checksum */
		if (vouch_by_dpkg(&v, &q))
			abort();
	}
}

static void ask_about_line(struct reader r)
{
	const uint8_t *nul = r.left ? memchr(r.at, '\0', r.left) : NULL;
	struct buffer words = BUFFER_NONE, line = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (!nul)
		return;
	buffer_add(&words, r.at, nul - r.at);
	buffer_add(&line, nul + 1, r.at + r.left - nul - 1);
	if (vouch_cmdline(&words, buffer_str(&line), &err) < 0 ? !err.text[0]
							       : !strstr(buffer_str(&line), "root="))
		abort();
	buffer_free(&words);
	buffer_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	content = reader_new(data + 1, n - 1);
	if (data[0] % 4 == 3)
		ask_about_line(content);
	else
		ask_about_file(data[0] % 4);
	return 0;
}
