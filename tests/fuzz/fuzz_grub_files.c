/* Any bytes as one of the files that GRUB reads besides grub.cfg; the first byte says which. */
#include <stdlib.h>

#include "../unit/grub_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct kind {
	const char *file, *script; /* and what reads it */
} kinds[] = {
	{ "/grub/x86_64-efi/hello.mod", "insmod hello\necho $?" },
	{ "/grub/x86_64-efi/command.lst", "hello" },
	{ "/grub/x86_64-efi/fs.lst", "[ -e (hd0)/x ]" },
	{ "/grub/x86_64-efi/terminal.lst", "terminal_input at_keyboard" },
	{ "/grub/locale/de.mo", "set lang=de\necho $\"Loading\"" },
	{ "/grub/grubenv",
	  "load_env\nset next_entry=\nsave_env next_entry a\nlist_env\necho $a $next_entry" },
	{ "/picture.png", "terminal_output gfxterm\nbackground_image /picture.png" },
	{ "/picture.jpg", "terminal_output gfxterm\nbackground_image /picture.jpg" },
	{ "/grub/fonts/unicode.pf2", "loadfont unicode" },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct error err = ERROR_NONE;
	struct boot_trace result;
	const struct kind *k;
	struct memory m;

	if (len == 0)
		return 0;
	k = &kinds[(data[0] & 0x3f) % (sizeof(kinds) / sizeof(kinds[0]))];
	memory_init(&m, data[0] & 0x80 ? GRUB_2_06 : GRUB_2_12, k->script, strlen(k->script));
	memory_add(&m, k->file, data + 1, len - 1);
	m.machine.secure_boot = data[0] & 0x40;
	m.machine.boot_device = "hd0,gpt2";
	m.machine.boot_dir = m.machine.prefix = "/grub";
	if (!grub_does(&m.machine, BUILD_FW_PATH))
		m.machine.embedded = "configfile $prefix/grub.cfg\n";
	if (!grub_evaluate(&m.machine, NULL, &err, &result))
		boot_trace_free(&result);
	else if (!err.text[0])
		abort();
	return 0;
}
