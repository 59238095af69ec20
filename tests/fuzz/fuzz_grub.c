/* Any bytes as grub.cfg, under both versions: an error or a result, never more than the budgets, no leak. */
#include <stdlib.h>

#include "../unit/grub_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char block[] =
	"# GRUB Environment Block\na=1\nnext_entry=1>0\nb=x y\n##########################";

/* The machine starts next to its grub.cfg: what leads there in a real one costs more than a short script. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct error err = ERROR_NONE;
	struct boot_trace result;
	struct boot_menu menu;
	struct memory m;

	memory_init(&m, len & 1 ? GRUB_2_06 : GRUB_2_12, data, len);
	memory_add(&m, "/grub/grubenv", block, sizeof(block) - 1);
	memory_add(&m, "/vmlinuz", "kernel", 6);
	memory_add(&m, "/initrd", "initrd", 6);
	m.machine.secure_boot = len & 2;
	m.machine.boot_device = "hd0,gpt2";
	m.machine.boot_dir = m.machine.prefix = "/grub";
	if (!grub_does(&m.machine, BUILD_FW_PATH))
		m.machine.embedded = "configfile $prefix/grub.cfg\n";
	if (len % 16 == 4) {
		if (!grub_list_menu(&m.machine, &err, &menu))
			boot_menu_free(&menu);
		else if (!err.text[0])
			abort();
		return 0;
	}
	if (grub_evaluate(&m.machine, NULL, &err, &result) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	if (result.outcome == BOOT_LINUX && (!result.kernel || !result.cmdline))
		abort();
	boot_trace_free(&result);
	return 0;
}
