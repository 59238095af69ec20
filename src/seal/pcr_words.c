#include "seal/pcr_words.h"

#include <stdio.h>

#include "base/buffer.h"
#include "seal/policy.h"

static const char *const words[PCR_COUNT] = {
	[0] = "the firmware",
	[1] = "the firmware's settings",
	[2] = "the option ROMs of add-in cards, and drivers that the firmware loads",
	[3] = "the settings of add-in cards",
	[4] = "the boot loaders and the kernel",
	[5] = "the boot loader's partition table and settings",
	[6] = "the power states",
	[7] = "Secure Boot: its state, keys and the signers of the boot chain",
	[8] = "the boot loader's commands and the kernel command line",
	[9] = "the files that the boot loader read: its configuration, kernel, initrd",
	[11] = "the unified kernel image",
	[12] = "the kernel command line and credentials",
	[13] = "the system extensions",
	[14] = "shim's Machine Owner Keys",
	[WINDOW_PCR] = "the window of this boot",
};

const char *pcr_words(unsigned int pcr)
{
	return pcr < PCR_COUNT && words[pcr] ? words[pcr] : "not used by firmware or boot loader";
}

void pcr_words_differing(uint32_t differing, struct error *ret)
{
	struct buffer b = BUFFER_NONE;
	uint32_t rest = differing;
	unsigned int pcr;
	int n = 0;

	for (pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(rest >> pcr & 1))
			continue;
		rest &= ~(1u << pcr);
		buffer_addf(&b, "%sPCR %u (%s)", n == 0 ? "" : rest ? ", " : " and ", pcr, pcr_words(pcr));
		n++;
	}
	if (n == 0)
		error_set(ret, 0, "the PCRs differ from every sealed boot path");
	else
		error_set(ret, 0, "%s %s from the nearest sealed boot path", buffer_str(&b),
			  n == 1 ? "differs" : "differ");
	buffer_free(&b);
}
