/* Any bytes as grub.cfg, under both versions: an error or a result, never more than the budgets, no leak. */
#include <stdlib.h>

#include "../unit/grub_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char block[] = "# GRUB Environment Block\na=1\nnext_entry=1>0\nb=x y\n##########################";

static void run(const uint8_t *data, size_t len, enum grub_version version, bool secure_boot)
{
	struct error err = ERROR_NONE;
	struct grub_result result;
	struct grub_menu menu;
	struct memory m;

	memory_init(&m, version, data, len);
	memory_add(&m, "/grub/grubenv", block, sizeof(block) - 1);
	memory_add(&m, "/vmlinuz", "kernel", 6);
	memory_add(&m, "/initrd", "initrd", 6);
	memory_add(&m, "/grub/x86_64-efi/command.lst", "hello: hello\n*eval: eval\n", 24);
	memory_add(&m, "/grub/x86_64-efi/fs.lst", "zfs\nufs\n", 8);
	/* the input itself as a module, a catalogue, an environment block */
	memory_add(&m, "/grub/x86_64-efi/hello.mod", data, len);
	memory_add(&m, "/grub/locale/de.mo", data, len);
	memory_add(&m, "/env", data, len);
	m.machine.secure_boot = secure_boot;
	if (!grub_evaluate(&m.machine, NULL, &err, &result)) {
		if (result.outcome == GRUB_BOOTS_LINUX && (!result.kernel || !result.cmdline))
			abort();
		grub_result_free(&result);
		/* what cannot be evaluated takes its time to fail: listing it would only take more */
		if (len < 512 && !grub_list_menu(&m.machine, &err, &menu))
			grub_menu_free(&menu);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > 4096)
		return 0;
	run(data, len, len & 1 ? GRUB_2_06 : GRUB_2_12, len & 2);
	return 0;
}
