#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "machine/outlook.h"

static const char help[] =
	"usage: bootseal check\n\n"
	"Will the next boot unlock automatically, and if not, why? Exit code 0: yes;\n"
	"5: no, or unknown.\n\n"
	"  --tcti TCTI   the TPM to use\n";

static int answer(const struct outlook *o)
{
	if (o->verdict == VERDICT_MISMATCH) {
		puts("Unknown: the model does not reproduce the running boot.");
		log_print(2, "%s", o->reason);
		return EXIT_WILL_NOT;
	}
	if (o->pending)
		puts("Unknown: a pending change (see below) will alter the next boot. Without it:");
	if (o->default_unlocks && o->obstacles.n > 0)
		puts("No: the next boot will unlock the root, but then it may wait for a person:");
	else if (o->default_unlocks)
		puts("Yes: the next boot will unlock automatically.");
	else if (o->default_lacks_initrd)
		puts("No: the next boot will not unlock the root: its menu entry has no initrd.");
	else
		puts("No: the next boot will ask for the passphrase.");
	for (size_t i = 0; i < o->obstacles.n; i++)
		log_print(4, "  %s: %s", o->obstacles.at[i].what, o->obstacles.at[i].why);
	for (size_t i = 0; i < o->path_count; i++) {
		log_print(4, "  %s: %s", o->path[i].label,
			  o->path[i].unlocks ? "will unlock" : "will ask for the passphrase");
		if (!o->path[i].unlocks)
			log_print(6, "    %s", o->path[i].why);
	}
	if (o->path_count == 0)
		puts("  no boot path of this machine can be sealed");
	for (size_t i = 0; i < o->left_out_count; i++)
		log_print(4, "  not covered: %s: %s", o->left_out[i].what, o->left_out[i].why);
	for (size_t i = 0; i < o->warning_count; i++)
		log_print(4, "  warning: %s: %s", o->warning[i].what, o->warning[i].why);
	if (!o->default_unlocks)
		puts("'bootseal reseal' moves the policy to what is installed, or says why it cannot.");
	return o->default_unlocks && !o->pending && o->obstacles.n == 0 ? EXIT_YES : EXIT_WILL_NOT;
}

int cmd_check(int argc, char **argv)
{
	struct outlook o = OUTLOOK_NONE;
	struct error err = ERROR_NONE;
	const char *tcti;
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &tcti, &m);
	if (code >= 0)
		return code;
	r = outlook_make(&m, tcti, &err, &o);
	/* no TPM, index or header of the enrolment: bootseal-unlock finds the same */
	if (r == -EKEYREJECTED) {
		puts("No: the next boot will ask for the passphrase.");
		log_print(2, "%s", err.text);
		return EXIT_WILL_NOT;
	}
	if (r < 0) {
		log_say("cannot tell what the next boot will do: %s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r);
	}
	code = answer(&o);
	outlook_free(&o);
	return code;
}
