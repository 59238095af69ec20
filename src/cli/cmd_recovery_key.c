#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/process.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/cmd_recovery_key.h"
#include "cli/events.h"
#include "cli/options.h"
#include "cli/qr.h"
#include "cli/sheet.h"
#include "machine/recovery.h"
#include "seal/recovery_key.h"

#define CONFIRM_TRIES 5
#define ESCROW_TIMEOUT_MS 120000

static const char help[] =
	"usage: bootseal recovery-key [--replace | --test | --remove] [--key-file FILE]\n"
	"                             [--qr] [--no-confirm | --escrow COMMAND]\n"
	"                             [--sheet FILE]\n\n"
	"Makes a recovery key for the encrypted root: eight groups of six digits, shown\n"
	"once. It unlocks the volume without the TPM: at the passphrase prompt of the\n"
	"boot, typed with one space between two groups, and in the rescue shell with\n"
	"'bootseal-unlock recover'.\n\n"
	"  --replace         make a new one; the old one no longer works afterwards\n"
	"  --test            ask for the recovery key and say whether it is right; write\n"
	"                    nothing\n"
	"  --remove          remove it; asks for a passphrase that stays\n"
	"  --key-file FILE   read the passphrase (with --test the recovery key) from FILE\n"
	"                    (\"-\": standard input) instead of asking\n"
	"  --qr              show it as a QR code, too (with the package libqrencode4)\n"
	"  --sheet FILE      do not show it: write a page to print, PDF, into a new file\n"
	"                    (\"-\": standard output, as in '--sheet - | lp'), with what\n"
	"                    somebody has to know who finds it; best below /run\n"
	"  --no-confirm      do not ask to type it back; implied where standard input or\n"
	"                    output is not a terminal\n"
	"  --escrow COMMAND  do not show it: run this command by /bin/sh with the key on\n"
	"                    its standard input; where it fails nothing is changed\n\n"
	"Where standard output is not a terminal, only the key is written to it: pipe it\n"
	"to a program that keeps it safe, not to a file.\n"
	"Exit codes: 0 done or right, 1 failure, 5 refused: there is one already, or it\n"
	"was not confirmed.\n";

/* Without stdio, whose buffer would keep the key. */
static int print_key(const struct secret *key, struct error *err)
{
	bool terminal = isatty(STDOUT_FILENO);

	if (terminal)
		printf("\nRecovery key    ");
	fflush(stdout);
	if (write(STDOUT_FILENO, key->bytes, key->len) != (ssize_t)key->len ||
	    write(STDOUT_FILENO, "\n", 1) != 1)
		return error_set(err, -EIO, "cannot write the recovery key to standard output");
	if (terminal)
		printf("\nWrite it down and keep it away from this machine. It is not shown again. At the\n"
		       "passphrase prompt type it exactly as shown, with one space between two groups;\n"
		       "with Shift where your keyboard's layout has digits there (French, Czech).\n\n");
	fflush(stdout);
	return 0;
}

/* A negative errno when nothing can be read; 1 with a message when it is not that key. */
static int typed_back(const struct secret *key, const char *prompt, struct error *err)
{
	struct secret typed = SECRET_NONE, parsed = SECRET_NONE;
	int r;

	r = ask_secret(prompt, err, &typed);
	if (r == 0 && recovery_parse(&typed, err, &parsed) < 0)
		r = 1;
	else if (r == 0 && memcmp(parsed.bytes, key->bytes, key->len) != 0)
		error_set(err, r = 1, "this is a different recovery key");
	secret_free(&typed);
	secret_free(&parsed);
	return r;
}

static int confirm_key(const struct secret *key, const char *prompt, const char *where, struct error *err)
{
	int r = 1;

	for (int i = 0; i < CONFIRM_TRIES && r > 0; i++) {
		r = typed_back(key, prompt, err);
		if (r > 0)
			log_say("%s", err->text);
	}
	if (r == 0)
		return 0;
	return error_set(err, -ECANCELED, "not confirmed, so not stored: THE KEY %s DOES NOT WORK", where);
}

/* What to say about a key that was handed out, when storing it failed. No sheet with a dead key stays. */
static const char *fate(const struct machine *m, const struct secret *key, const struct recovery_options *o)
{
	enum { SHOWN, TAKEN, PRINTED } how = o->escrow ? TAKEN : o->sheet ? PRINTED : SHOWN;
	static const struct {
		const char *works, *fails, *unknown;
	} words[] = {
		[SHOWN] = { "the key above works, but a later step failed; make a new one (--replace)",
			    "THE KEY ABOVE DOES NOT WORK: it could not be stored",
			    "DO NOT RELY ON THE KEY ABOVE, test it (--test)" },
		[TAKEN] = { "the key that the command took works, but a later step failed; run it again",
			    "THE KEY THAT THE COMMAND TOOK DOES NOT WORK: it could not be stored",
			    "DO NOT RELY ON THE KEY THAT THE COMMAND TOOK, test it (--test)" },
		[PRINTED] = { "the key on the sheet works, but a later step failed; make a new one "
			      "(--replace)",
			      "THE KEY ON THE SHEET DOES NOT WORK: it could not be stored",
			      "DO NOT RELY ON THE KEY ON THE SHEET, test it (--test)" },
	};
	size_t opened = 0, all = 0;
	const int r = recovery_opens(m, key, NULL, &opened, &all);

	if (r == 0 && opened == 0 && how == PRINTED && strcmp(o->sheet, SHEET_STDOUT) != 0)
		unlink(o->sheet);
	return r < 0 || (opened > 0 && opened < all) ? words[how].unknown :
	       opened > 0			     ? words[how].works :
						       words[how].fails;
}

/* The command learns the key before the volume does: what it did not take opens nothing. */
static int give_away(const struct secret *key, const char *command, struct error *err)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct process p = { .argv = argv, .timeout_ms = ESCROW_TIMEOUT_MS };
	struct secret line = SECRET_NONE;
	int r;

	r = secret_new(key->len + 1, &line);
	if (r < 0)
		return error_set(err, r, "no memory for the recovery key: %s", strerror(-r));
	memcpy(line.bytes, key->bytes, key->len);
	line.bytes[key->len] = '\n';
	p.input = line.bytes;
	p.input_len = line.len;
	r = process_run(&p, err);
	secret_free(&line);
	return r < 0 ? error_prefix(err, -ECANCELED, "the command of --escrow did not take the recovery key")
		     : 0;
}

/* A missing picture is no failure: the key is there as text. */
static void draw(const struct secret *key)
{
	struct error why = ERROR_NONE;
	struct qr q = QR_NONE;

	if (qr_make(key, &why, &q) < 0)
		log_say("no QR code: %s", why.text);
	else if (qr_print(&q) < 0)
		log_say("no QR code: it cannot be written");
	qr_free(&q);
	puts("");
	fflush(stdout);
}

static int show(const struct secret *key, const struct recovery_options *o, struct error *err)
{
	int r = print_key(key, err);

	if (r == 0 && o->qr && isatty(STDOUT_FILENO))
		draw(key);
	if (r == 0 && o->confirm && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		r = confirm_key(key, "Type it to confirm: ", "ABOVE", err);
	return r;
}

int recovery_tell(const struct secret *key, const struct recovery_options *o, struct error *err)
{
	return o->escrow ? give_away(key, o->escrow, err) : show(key, o, err);
}

static int compose_sheet(const struct machine *m, const struct secret *key, struct error *err,
			 struct secret_text *ret)
{
	struct target target[TARGET_MAX];
	struct sheet about = { .target = target, .at = time(NULL) };
	struct utsname u;
	int r = targets_find(m, err, target, &about.target_count);

	uname(&u);
	about.host = u.nodename;
	return r < 0 ? r : sheet_compose(&about, key, err, ret);
}

/* Instead of the screen. A sheet whose key was not confirmed does not stay. */
static int print_sheet(const struct machine *m, const struct secret *key, const struct recovery_options *o,
		       struct error *err)
{
	const bool is_file = strcmp(o->sheet, SHEET_STDOUT) != 0;
	struct secret_text page;
	const char *why;
	int r = compose_sheet(m, key, err, &page);

	if (r == 0)
		r = sheet_write(&page, o->sheet, err);
	secret_text_free(&page);
	if (r < 0)
		return r;
	sheet_guard(is_file ? o->sheet : NULL);
	if (is_file)
		log_say("the recovery key is on the sheet %s; print it now", o->sheet);
	why = sheet_lasts(o->sheet);
	if (why)
		log_say("%s: %s", o->sheet, why);
	if (o->confirm && isatty(STDIN_FILENO))
		r = confirm_key(key, "Type the key from the sheet to confirm: ", "ON THE SHEET", err);
	if (r < 0 && is_file)
		unlink(o->sheet);
	sheet_guard(NULL);
	return r;
}

int recovery_hand_out(const struct machine *m, const struct secret *auth, const struct recovery_options *o,
		      struct error *err)
{
	struct secret key = SECRET_NONE;
	int keyslot, r;

	r = recovery_new(&key);
	if (r < 0)
		return error_set(err, r, "cannot make a key: %s", strerror(-r));
	r = o->sheet ? print_sheet(m, &key, o, err) : recovery_tell(&key, o, err);
	if (r == 0) {
		r = recovery_set(m, auth, &key, err, &keyslot);
		if (r < 0)
			error_prefix(err, r, "%s", fate(m, &key, o));
		else
			log_note("the recovery key is in keyslot %d and unlocks the volume", keyslot);
	}
	secret_free(&key);
	event_recovery_key(m, false, r, err->text);
	return r;
}

int recovery_add(const struct machine *m, const struct secret *auth, const struct recovery_options *o,
		 struct error *err)
{
	struct recovery_there there;
	int r;

	r = recovery_check(m, auth, err, &there);
	if (r < 0)
		return r;
	if (there.with == 0)
		return recovery_hand_out(m, auth, o, err);
	if (there.without > 0)
		log_say("%s has no recovery key, though another volume has one; 'bootseal recovery-key "
			"--replace' makes one for all of them", there.device);
	if (o->sheet)
		log_say("no sheet: there already is a recovery key, which cannot be shown again; 'bootseal "
			"recovery-key --replace --sheet FILE' makes a new one");
	return 0;
}

struct arguments {
	bool replace, test, remove, qr, no_confirm, help;
	const char *key_file, *escrow, *sheet;
};

static int make(const struct machine *m, const struct arguments *a, const struct secret *auth,
		struct error *err)
{
	struct recovery_there there;
	int r;

	r = recovery_check(m, auth, err, &there);
	if (r == 0 && there.with > 0 && there.without > 0 && !a->replace)
		return error_set(err, -ECANCELED,
				 "there already is a recovery key, but not of %s; --replace makes a new one "
				 "of all volumes", there.device);
	if (r == 0 && there.with > 0 && !a->replace)
		return error_set(err, -ECANCELED,
				 "there already is a recovery key; --replace makes a new one, --test checks "
				 "it");
	return r < 0 ? r
		     : recovery_hand_out(
			       m, auth,
			       &(struct recovery_options){ .confirm = !a->no_confirm, .qr = a->qr,
							   .escrow = a->escrow, .sheet = a->sheet },
			       err);
}

static int test(const struct machine *m, const struct secret *typed, struct error *err)
{
	struct secret key = SECRET_NONE;
	int keyslot, r;

	r = recovery_parse(typed, err, &key);
	if (r == 0)
		r = recovery_test(m, &key, err, &keyslot);
	if (r == 0)
		printf("Correct: this recovery key unlocks keyslot %d.\n", keyslot);
	secret_free(&key);
	return r;
}

static int run(const struct machine *m, const struct arguments *a)
{
	struct secret given = SECRET_NONE;
	struct error err = ERROR_NONE;
	int r;

	r = a->test ? ask_passphrase("Recovery key: ", a->key_file, &err, &given) :
		      ask_tested(m, a->key_file, &err, &given);
	if (r < 0)
		goto out;
	if (a->test) {
		r = test(m, &given, &err);
	} else if (a->remove) {
		r = recovery_remove(m, &given, &err);
		if (r != -ENODATA) /* there is none */
			event_recovery_key(m, true, r, err.text);
		if (r == 0)
			log_note_print(0, "The recovery key was removed and no longer works.");
	} else {
		r = make(m, a, &given, &err);
	}
out:
	secret_free(&given);
	if (r < 0)
		log_say("%s", err.text[0] ? err.text : strerror(-r));
	return cli_exit_code(r);
}

static const char *contradiction(const struct arguments *a)
{
	if (a->replace + a->test + a->remove > 1)
		return "--replace, --test and --remove exclude each other";
	if (a->escrow && (a->test || a->remove))
		return "--escrow takes a new key: neither --test nor --remove";
	if (a->escrow && a->no_confirm)
		return "--escrow asks for no confirmation: no --no-confirm";
	if (a->sheet && (a->test || a->remove || a->escrow || a->qr))
		return "--sheet is for a new key that is not shown: "
		       "neither --test nor --remove, --escrow, --qr";
	if (a->qr && (a->test || a->remove || a->escrow))
		return "--qr shows a new key: neither --test nor --remove nor --escrow";
	return NULL;
}

int cmd_recovery_key(int argc, char **argv)
{
	static const struct option options[] = {
		{ "replace", no_argument, NULL, 'r' },
		{ "test", no_argument, NULL, 'c' },
		{ "remove", no_argument, NULL, 'd' },
		{ "key-file", required_argument, NULL, 'k' },
		{ "qr", no_argument, NULL, 'q' },
		{ "no-confirm", no_argument, NULL, 'n' },
		{ "escrow", required_argument, NULL, 'e' },
		{ "sheet", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .replace = false };
	struct error err = ERROR_NONE;
	struct machine m;
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		a.replace |= c == 'r';
		a.test |= c == 'c';
		a.remove |= c == 'd';
		a.qr |= c == 'q';
		a.no_confirm |= c == 'n';
		a.help |= c == 'h';
		if (c == 'k')
			a.key_file = optarg;
		if (c == 'e')
			a.escrow = optarg;
		if (c == 's')
			a.sheet = optarg;
		if (c == '?')
			return cli_usage("recovery-key", NULL);
	}
	if (a.help)
		return fputs(help, stdout), EXIT_YES;
	if (optind < argc)
		return cli_usage("recovery-key", argv[optind]);
	if (contradiction(&a))
		return cli_refuse("recovery-key", contradiction(&a));
	if (!cli_need_root("recovery-key"))
		return EXIT_FAILED;
	if ((a.sheet && sheet_check(a.sheet, &err) < 0) || machine_init(NULL, &err, &m) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return run(&m, &a);
}
