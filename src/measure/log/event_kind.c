#include "measure/log/event_kind.h"

#include <string.h>

#include "base/pcr.h"
#include "measure/log/tcg.h"

static const struct {
	pcr_mask pcrs;
	uint32_t type;
	const char *word; /* that its text begins with */
	enum event_kind kind;
} kinds[] = {
	{ PCR_ALL, EV_SEPARATOR, "", EVENT_SEPARATOR },
	{ PCR_ALL, EV_EFI_ACTION, "", EVENT_ACTION },
	{ PCR(4), EV_EFI_BOOT_SERVICES_APPLICATION, "", EVENT_IMAGE },
	{ PCR(7), EV_EFI_VARIABLE_DRIVER_CONFIG, "", EVENT_VARIABLE },
	{ PCR(7), EV_EFI_VARIABLE_AUTHORITY, "", EVENT_AUTHORITY },
	/* shim's source: tpm.c, mok.c */
	{ PCR(14), EV_IPL, "", EVENT_VARIABLE },
	/* GRUB's: grub-core/kern/tpm.c, and the texts of grub-core/script/execute.c and grub-core/loader/ */
	{ PCR(8), EV_IPL, "grub_cmd: ", EVENT_COMMAND },
	{ PCR(8), EV_IPL, "kernel_cmdline: ", EVENT_CMDLINE },
	{ PCR(9), EV_IPL, "", EVENT_FILE },
	/* Linux's: drivers/firmware/efi/libstub/efi-stub-helper.c */
	{ PCR(9), EV_EVENT_TAG, "", EVENT_TAG },
};

enum event_kind event_kind_of(uint32_t pcr, uint32_t type, const char *what, size_t *ret_text)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].word);

		if (!(kinds[i].pcrs >> pcr & 1) || kinds[i].type != type ||
		    strncmp(what, kinds[i].word, n) != 0)
			continue;
		*ret_text = n;
		return kinds[i].kind;
	}
	*ret_text = 0;
	return EVENT_OTHER;
}
