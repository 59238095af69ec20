#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "machine/enroll.h"

#define PASSPHRASE_MAX 512 /* bytes, as cryptsetup's own limit for a typed one */

static const char help[] =
	"usage: bootseal enroll [--key-file FILE]\n\n"
	"Makes the encrypted root open by itself whenever this machine boots what is installed on it. The passphrase stays.\n\n"
	"  --key-file FILE   read the passphrase from FILE (\"-\": standard input), all bytes of it, instead of asking\n"
	"  --tcti TCTI       the TPM to use: device:PATH, swtpm:host=H,port=N or swtpm:path=SOCKET\n";

static void progress(void *ctx, enum enroll_step step, const char *detail)
{
	static const char *const words[] = {
		[ENROLL_VERDICT] = "This boot",
		[ENROLL_VOLUME] = "Volume",
		[ENROLL_TPM] = "TPM",
		[ENROLL_KEYSLOT] = "Keyslot",
		[ENROLL_INITRDS] = "Initrds",
		[ENROLL_POLICY] = "Policy",
	};

	if (step == ENROLL_INITRDS)
		detail = "building every initrd again; this takes a while";
	else if (step == ENROLL_POLICY)
		detail = "computing what each boot path will measure";
	else if (step == ENROLL_DONE)
		return;
	printf("%-12s %s\n", words[step], detail);
	fflush(stdout);
}

static int ask_passphrase(struct error *err, struct secret *ret)
{
	struct termios old, quiet;
	sigset_t all, before;
	int tty, r;

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &old) < 0) {
		r = error_set(err, -ENOTTY, "there is no terminal to ask for the passphrase: use --key-file");
		goto out;
	}
	dprintf(tty, "Passphrase of the encrypted root: ");
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* an interrupt waits until the terminal echoes again */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	r = secret_read_line(tty, PASSPHRASE_MAX, ret);
	tcsetattr(tty, TCSAFLUSH, &old);
	sigprocmask(SIG_SETMASK, &before, NULL);
	dprintf(tty, "\n");
	if (r < 0)
		error_set(err, r, "cannot read the passphrase: %s", strerror(-r));
out:
	if (tty >= 0)
		close(tty);
	return r;
}

static int read_passphrase(const char *key_file, struct error *err, struct secret *ret)
{
	int fd, r;

	if (!key_file)
		return ask_passphrase(err, ret);
	fd = strcmp(key_file, "-") == 0 ? STDIN_FILENO : open(key_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", key_file, strerror(errno));
	r = secret_read_fd(fd, PASSPHRASE_MAX, ret);
	if (fd != STDIN_FILENO)
		close(fd);
	if (r < 0)
		return error_set(err, r, "%s: %s", key_file, strerror(-r));
	if (ret->len == 0)
		return error_set(err, -EINVAL, "%s: empty", key_file);
	return 0;
}

int cmd_enroll(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key-file", required_argument, NULL, 'k' },
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct enroll_options o = { .progress = progress };
	struct reseal_report report = RESEAL_REPORT_NONE;
	struct secret passphrase = SECRET_NONE;
	const char *key_file = NULL;
	struct error err = ERROR_NONE;
	struct machine m;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			key_file = optarg;
		else if (c == 't')
			o.tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage("enroll");
	}
	if (optind < argc)
		return cli_usage("enroll");
	if (!cli_need_root("enroll"))
		return EXIT_FAILED;
	r = machine_init(NULL, &err, &m);
	if (r == 0)
		r = read_passphrase(key_file, &err, &passphrase);
	if (r == 0) {
		o.passphrase = &passphrase;
		r = enroll_run(&m, &o, &err, &report);
	}
	secret_free(&passphrase);
	if (r < 0) {
		report_forecast(&report.forecast, false);
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		log_say("not enrolled; the passphrase works as before. Mend what is said above and run `bootseal enroll` again");
	} else {
		report_forecast(&report.forecast, false);
		report_next_boot(&report);
		printf("%-12s the passphrase, as before\n", "Otherwise");
		if (!report.default_covered)
			r = -ECANCELED;
	}
	reseal_report_free(&report);
	return cli_exit_code(r);
}
