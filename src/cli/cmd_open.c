#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/process.h"
#include "cli/ask.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "machine/late.h"

#define PASSPHRASE_MAX 512 /* bytes, as cryptsetup's own limit for a typed one */
#define ASK_TIMEOUT_MS INT_MAX

static const char help[] =
	"usage: bootseal open NAME\n\n"
	"Opens an enrolled volume that the running system opens, as /etc/crypttab says,\n"
	"with the key on the encrypted root. Run by systemd-cryptsetup@NAME.service. A\n"
	"header that is not the enrolled one is not opened. If the header is right but\n"
	"the key does not open it, you are asked for the passphrase, as headless,\n"
	"timeout= and tries= in /etc/crypttab say. Exit code 0: it is open, or is not\n"
	"enrolled; 5: it is not what was enrolled.\n";

static int take(void *context, const void *data, size_t n)
{
	struct secret *s = context;

	if (n > PASSPHRASE_MAX + 1 - s->len)
		return -EFBIG;
	memcpy(s->bytes + s->len, data, n);
	s->len += n;
	return 0;
}

/* Where systemd has it asked: the console, plymouth, systemd-tty-ask-password-agent. */
static int ask(const char *name, const struct crypttab_asking *as, struct error *err, struct secret *ret)
{
	char prompt[256], id[256], timeout[64];
	const char *const argv[] = {
		"systemd-ask-password", timeout, "--icon=drive-harddisk", id, prompt, NULL
	};
	const struct process p = {
		.argv = argv, .timeout_ms = ASK_TIMEOUT_MS, .output = take, .context = ret
	};
	int r;

	snprintf(prompt, sizeof(prompt), "Please enter passphrase for disk %.100s:", name);
	snprintf(id, sizeof(id), "--id=cryptsetup:%.100s", name);
	snprintf(timeout, sizeof(timeout), "--timeout=%s", as->timeout[0] ? as->timeout : "0");
	r = secret_new(PASSPHRASE_MAX + 1, ret); /* and a newline */
	if (r < 0)
		return error_set(err, r, "no memory for a passphrase: %s", strerror(-r));
	ret->len = 0;
	r = process_run(&p, err);
	if (r == 0 && ret->len > 0 && ret->bytes[ret->len - 1] == '\n')
		ret->len--;
	if (r < 0)
		secret_free(ret);
	return r;
}

static int open_by_hand(const struct machine *m, const char *name, struct error *err)
{
	struct crypttab_asking as = late_asking(m, name);
	struct secret passphrase = SECRET_NONE;
	int r = -EPERM;

	if (as.headless)
		return error_set(err, -ENOTTY,
				 "no passphrase is asked for: /etc/crypttab has the option 'headless'");
	if (!as.has_tries)
		as.tries = ASK_TRIES;
	for (unsigned n = 0; r == -EPERM && (as.tries == 0 || n < as.tries); n++) {
		r = ask(name, &as, err, &passphrase);
		if (r < 0)
			return r;
		r = late_open_by(m, name, &passphrase, err);
		secret_free(&passphrase);
		if (r == -EPERM)
			log_say("%s: this passphrase does not open it", name);
	}
	return r;
}

int cmd_open(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	const char *name = "NAME";
	struct machine m;
	int code, r;

	code = cli_begin(argc, argv, help, &(struct cli_takes){ .word = &name }, &m);
	if (code >= 0)
		return code;
	r = late_open(&m, name, &err);
	if (r == -EPERM) {
		log_say("%s: the key on the root does not open it: %s; 'bootseal enroll --volume %s' makes a "
			"new keyslot",
			name, err.text, name);
		r = open_by_hand(&m, name, &err);
	}
	if (r == 0)
		return EXIT_YES;
	if (r == -EKEYREJECTED)
		event_refused(NULL, name, err.text);
	log_say("%s is not opened: %s", name, err.text[0] ? err.text : strerror(-r));
	if (r != -EKEYREJECTED) {
		log_say("'cryptsetup open' opens it by hand; then mount what lies on it ('mount -a')");
		return EXIT_FAILED;
	}
	log_say("if you did not change it, somebody else may have: do not type its passphrase. If you did "
		"('cryptsetup reencrypt', a new volume): open it with 'cryptsetup open', mount what lies on "
		"it ('mount -a'), then run 'bootseal enroll --volume %s'",
		name);
	return EXIT_WILL_NOT;
}
