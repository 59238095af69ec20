#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/system/foreign.h"

static const char help[] =
	"usage: bootseal scan [--json]\n\n"
	"Looks for what does not belong on the boot file systems, /boot and the EFI\n"
	"partition: links, devices, FIFOs, sockets, set-user-ID files and names that no\n"
	"package gives. Anyone who has the disk may have put them there while the machine\n"
	"was off, for the running system to follow into the unlocked root. While there\n"
	"are any, bootseal accepts nothing new, and update-grub and update-initramfs\n"
	"stop before they write. Exit code 0: none; 5: some.\n\n"
	"  --json   for programs (doc/fleet.md)\n";

static int print_json(const struct foreign *f, int code)
{
	struct json_object *top = answer_new(code), *list = json_new_list(), *o;
	char path[sizeof(f->named[0])];

	json_put_number(top, "count", (int64_t)f->count);
	for (size_t i = 0; i < f->named_count; i++) {
		/* its end is ": " and why */
		snprintf(path, sizeof(path), "%.*s", (int)(strlen(f->named[i]) - strlen(f->why[i]) - 2),
			 f->named[i]);
		o = json_new_object();
		answer_put_words(o, "path", path);
		json_put_text(o, "why", f->why[i]);
		json_list_add(list, o);
	}
	json_put_member(top, "findings", list);
	return answer_print(top) < 0 ? EXIT_FAILED : code;
}

static void print_words(const struct foreign *f)
{
	for (size_t i = 0; i < f->named_count; i++)
		log_say("does not belong on a boot file system: %s", f->named[i]);
	if (f->count > f->named_count)
		log_say("and %zu more", f->count - f->named_count);
	if (f->count > 0)
		log_say("it may have been put there while the machine was off; look at it, then remove it");
}

int cmd_scan(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	struct foreign f;
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &(struct cli_takes){ .json = true }, &m);
	if (code >= 0)
		return code;
	r = foreign_find(&m, &err, &f);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	code = f.count > 0 ? EXIT_WILL_NOT : EXIT_YES;
	if (answer_is_json())
		return print_json(&f, code);
	print_words(&f);
	return code;
}
