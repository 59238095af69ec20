#include "cli/explain_words.h"

const char *explain_meaning(const struct sealed_comparison *c, const struct event *e)
{
	bool files_differ = false;

	for (size_t i = 0; i < c->comparison.input_count; i++)
		files_differ |= c->logged.e[c->comparison.input[i].logged].pcr == 9;
	switch (e->pcr) {
	case 0:
		return "The firmware is a different one: it was updated, or replaced.";
	case 2:
		return "An option ROM or a driver that the firmware loads was added, removed or updated: "
		       "of a plug-in card, or by a Driver#### entry among the boot options.";
	case 4:
		return e->kind == EVENT_IMAGE
			       ? "A boot loader or kernel that is not part of the sealed boot was started."
			       : "The firmware did something different before it started the boot loader: "
				 "other boot options came first, or the firmware was updated.";
	case 7:
		return "Secure Boot's state, its keys or the signer of the boot loader changed: by an "
		       "update of the firmware or its lists (fwupd), or in the firmware setup.";
	case 8:
		return files_differ
			       ? "The boot loader ran different commands because one of its files changed: "
				 "see below."
			       : "The boot loader ran different commands although its files are unchanged: "
				 "a different menu entry was chosen, or one was edited.";
	case 9:
		return "A file that the boot loader reads differs from the sealed one.";
	case 14:
		return "shim's Machine Owner Keys were changed (mokutil).";
	}
	return "";
}

void explain_harmless(const struct harmless *h, struct buffer *ret_options, struct buffer *ret_disks)
{
	if (h->boot_options)
		buffer_addf(ret_options,
			    "The firmware got there differently: %u boot option(s) failed first, %u in the "
			    "sealed boot path. A boot option fails when it is a network boot that gets no "
			    "answer (as through a dock), or a drive or USB stick without a system.",
			    h->failed, h->failed_sealed);
	if (h->disks)
		buffer_addf(ret_disks,
			    "The boot loader found the disks under different numbers: hd%u, hd%u in the "
			    "sealed boot path. A disk or a USB stick was added or removed.",
			    h->disk, h->disk_sealed);
}
