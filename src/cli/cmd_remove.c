#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/cmd_volume.h"
#include "cli/events.h"
#include "cli/options.h"
#include "machine/recovery.h"
#include "machine/remove.h"

static const char help[] =
	"usage: bootseal remove\n"
	"       bootseal remove --image [--key-file FILE]\n"
	"       bootseal remove --volume NAME\n\n"
	"Removes the TPM's key from the volumes and everything that enroll made: then\n"
	"only the passphrase and the recovery key unlock them.\n\n"
	"  --image         the recovery key, too: for a template, whose copies shall\n"
	"                  share no key of bootseal's; asks for the passphrase\n"
	"  --key-file FILE with --image: read the passphrase from FILE (\"-\": standard\n"
	"                  input) instead of asking\n"
	"  --volume NAME   only this one, which the running system opens; the TPM's key\n"
	"                  of the root stays\n"
	"  --tcti TCTI     the TPM to use\n\n"
	"Exit codes: 0 removed; 1 failure; 3 nothing of an enrolment is left; 5 refused.\n";

static void say_removed(const struct remove_report *r)
{
	const char *before = "Removed: ";

	/* only the menu was made to start the initrd */
	if (log_level() == LOG_LEVEL_QUIET || (r->volumes == 0 && !r->index_removed && !r->files))
		return;
	if (r->volumes > 0) {
		printf("%skey and token of %zu volume(s)", before, r->volumes);
		before = ", ";
	}
	if (r->index_removed) {
		printf("%spolicy index", before);
		before = ", ";
	}
	if (r->files)
		printf("%sauthority key, anchor, state", before);
	puts(".");
}

static void say_late(const struct late_removed *r)
{
	if (r->absent > 0)
		log_print(0,
			  "Not connected: %s. /etc/bootseal/volumes and volumes.key stay, because that key "
			  "may be the only one: connect what is missing and run 'bootseal remove' again.",
			  r->absent_names);
	if (r->damaged)
		log_print(0, "/etc/bootseal/volumes is damaged: it stays, with volumes.key, because "
			     "nothing else tells which volumes that key opens. 'cryptsetup luksDump' of "
			     "one shows the token bootseal-late.");
}

static void say_rest(const struct remove_report *report)
{
	if (report->index_left)
		log_print(0,
			  "The policy index stays in the TPM: %s. This volume no longer uses it; a copy "
			  "of the header made before now, with the boot chain of then, does. If there may "
			  "be one, clear the TPM in the firmware's settings.",
			  text_after_tpm(report->index_why.text));
	say_late(&report->late);
	if (report->initrds_failed)
		puts("The initrds could not be rebuilt; they still hold the anchor, which unlocks\n"
		     "nothing. Run 'update-initramfs -u -k all'.");
	if (report->menu_restored)
		log_note_print(0, "The boot menu starts Linux without an initrd again, as before the "
				  "enrolment.");
	if (report->menu_why.text[0])
		log_say("%s; run 'update-grub'", report->menu_why.text);
}

static int remove_all(const struct machine *m, const char *tcti)
{
	struct remove_report report;
	struct error err = ERROR_NONE;
	int r;

	r = enroll_remove(m, tcti, &err, &report);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return r == -ENODATA ? EXIT_NOT_ENROLLED : cli_exit_code(r);
	}
	event_removal(NULL);
	say_removed(&report);
	say_rest(&report);
	if (report.recovery_key)
		log_note_print(0, "The recovery key is kept, like the passphrase; 'bootseal recovery-key "
				  "--remove' removes it.");
	log_note_print(0, "The next boot asks for the passphrase.");
	return EXIT_YES;
}

static int remove_recovery_key(const struct machine *m, const char *key_file, struct error *err)
{
	struct secret passphrase = SECRET_NONE;
	int r = ask_tested(m, key_file, err, &passphrase);

	if (r == 0)
		r = recovery_remove(m, &passphrase, err);
	if (r == 0)
		event_recovery_key(m, true, 0, "");
	secret_free(&passphrase);
	if (r == 0)
		log_note_print(0, "Removed: the recovery key.");
	/* there is none */
	return r == -ENODATA ? 0 : r;
}

static int remove_for_image(const struct machine *m, const char *tcti, const char *key_file)
{
	struct remove_report report = { .volumes = 0 };
	struct error err = ERROR_NONE;
	int r;

	r = remove_recovery_key(m, key_file, &err);
	if (r == 0)
		r = enroll_remove(m, tcti, &err, &report);
	/* nothing was enrolled */
	if (r == -ENODATA)
		r = 0;
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r == -EPERM ? -ECANCELED : r);
	}
	event_removal(NULL);
	say_removed(&report);
	say_rest(&report);
	if (report.late.absent > 0 || report.late.damaged || report.initrds_failed) {
		log_say("not fit for a template: see above");
		return EXIT_WILL_NOT;
	}
	log_note_print(0, "Nothing of bootseal's keys is left on this disk. Every copy has the same volume\n"
			  "key and passphrase: 'cryptsetup reencrypt' and 'cryptsetup luksChangeKey' on the\n"
			  "copy change them.");
	return EXIT_YES;
}

struct arguments {
	const char *tcti, *volume, *key_file;
	bool image;
};

static bool take(int c, const char *arg, struct arguments *a)
{
	if (c == 't')
		a->tcti = arg;
	else if (c == 'v')
		a->volume = arg;
	else if (c == 'k')
		a->key_file = arg;
	else if (c == 'i')
		a->image = true;
	else
		return false;
	return true;
}

int cmd_remove(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "volume", required_argument, NULL, 'v' },
		{ "image", no_argument, NULL, 'i' },
		{ "key-file", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .image = false };
	struct error err = ERROR_NONE;
	struct machine m;
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		if (!take(c, optarg, &a))
			return cli_usage("remove", NULL);
	}
	if (optind < argc)
		return cli_usage("remove", argv[optind]);
	if (a.key_file && !a.image)
		return cli_refuse("remove", "--key-file goes with --image");
	if (a.volume && a.image)
		return cli_refuse("remove", "--volume and --image exclude each other");
	if (!cli_need_root("remove"))
		return EXIT_FAILED;
	if (machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	if (a.image)
		return remove_for_image(&m, a.tcti, a.key_file);
	if (!a.volume)
		return remove_all(&m, a.tcti);
	return cli_need_enrolled(&m) ? remove_volume(&m, a.volume) : EXIT_NOT_ENROLLED;
}
