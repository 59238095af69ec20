#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/system/lvm.h"

static const char help[] =
	"usage: bootseal lvm\n\n"
	"For the initramfs hook: prints the devices file (lvmdevices(8)) with which LVM\n"
	"in the initrd looks at the enrolled volumes only, so that no other disk can pose\n"
	"as a part of the root's volume group. Prints nothing where the root is not on\n"
	"LVM, or where an enrolled volume lies on LVM itself.\n";

int cmd_lvm(int argc, char **argv)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor anchor;
	struct machine m;
	char path[PATH_MAX];
	int code, r;

	code = cli_begin(argc, argv, help, &(struct cli_takes){ .word = NULL }, &m);
	if (code >= 0)
		return code;
	r = machine_path(&m, ANCHOR_PATH, path);
	if (r == 0)
		r = anchor_read(path, &err, &anchor);
	if (r == -ENOENT) /* nothing is enrolled */
		return EXIT_YES;
	if (r == 0)
		r = lvm_devices(&m, &anchor, &err, &text);
	if (r < 0)
		log_say("%s", err.text[0] ? err.text : strerror(-r));
	else
		fputs(buffer_str(&text), stdout);
	buffer_free(&text);
	return cli_exit_code(r);
}
