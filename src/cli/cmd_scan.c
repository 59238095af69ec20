#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/system/foreign.h"

static const char help[] =
	"usage: bootseal scan\n\n"
	"Looks for what does not belong on the boot file systems, /boot and the EFI\n"
	"partition: links, devices, FIFOs, sockets, set-user-ID files and names that no\n"
	"package gives. Anyone who has the disk may have put them there while the machine\n"
	"was off, for the running system to follow into the unlocked root. While there\n"
	"are any, bootseal accepts nothing new, and update-grub and update-initramfs\n"
	"stop before they write. Exit code 0: none; 5: some.\n";

int cmd_scan(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	struct foreign f;
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &(struct cli_takes){ .word = NULL }, &m);
	if (code >= 0)
		return code;
	r = foreign_find(&m, &err, &f);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < f.named_count; i++)
		log_say("does not belong on a boot file system: %s", f.named[i]);
	if (f.count > f.named_count)
		log_say("and %zu more", f.count - f.named_count);
	if (f.count > 0)
		log_say("it may have been put there while the machine was off; look at it, then remove it");
	return f.count > 0 ? EXIT_WILL_NOT : EXIT_YES;
}
