/* GRUB as a boot loader: measure/grub behind the seam. */
#include "measure/boot/loader.h"
#include "measure/grub/grub.h"

static int list(const struct boot_facts *facts, struct error *err, struct boot_menu *ret)
{
	return grub_list_menu(facts->own, err, ret);
}

static int run(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
	       struct boot_trace *ret)
{
	return grub_evaluate(facts->own, choice, err, ret);
}

const struct boot_loader boot_loader_grub = {
	.name = "GRUB",
	/* images; Secure Boot; commands; files; shim's keys */
	.pcrs = PCR(4) | PCR(7) | PCR(8) | PCR(9) | PCR(14),
	.list = list,
	.run = run,
};
