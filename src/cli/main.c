#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "cli/options.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "enroll", cmd_enroll, "make the encrypted root unlock automatically on this machine" },
	{ "reseal", cmd_reseal, "move the policy to what the next boot will measure" },
	{ "check", cmd_check, "will the next boot unlock automatically, and if not, why" },
	{ "status", cmd_status, "what is enrolled, how this boot went, what the next one will do" },
	{ "explain", cmd_explain, "why the TPM did not unlock this boot, and what differs" },
	{ "recovery-key", cmd_recovery_key, "make, test, replace or remove the recovery key" },
	{ "predict", cmd_predict, "what each boot path will measure" },
	{ "eventlog", cmd_eventlog, "parse, replay and print the firmware's event log" },
	{ "calibrate", cmd_calibrate, "compare the model with the running boot" },
	{ "attest", cmd_attest, "is this a Confidential VM, and its TPM inside of it" },
	{ "scan", cmd_scan, "look for what does not belong on the boot file systems" },
	{ "device", cmd_device, "is a block device on an enrolled volume? (for systemd units)" },
	{ "open", cmd_open, "open an enrolled volume beside the root (for systemd units)" },
	{ "lvm", cmd_lvm, "which devices LVM may use in the initrd (for its hook)" },
	{ "image", cmd_image, "encrypt the root of a disk image, before it runs anywhere" },
	{ "report", cmd_report, "write what support or an auditor needs to know into one file" },
	{ "remove", cmd_remove, "remove the TPM's key from the volumes" },
};

static void help(FILE *f)
{
	fputs("usage: bootseal [-q | -v] COMMAND [OPTION]...\n\n", f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fputs("\ncheck, predict, eventlog and calibrate also look at another machine's files:\n"
	      "--root DIR.\n"
	      "\nBefore or after COMMAND:\n"
	      "  -q, --quiet    only warnings, errors and what was asked for\n"
	      "  -v, --verbose  also each step, on standard error: what is read, hashed,\n"
	      "                 written and run, and how long it took\n"
	      "\n'bootseal COMMAND --help' (or -h) lists the options of a command,\n"
	      "'man bootseal-COMMAND' explains them.\n"
	      "Exit codes: 0 yes or done, 1 failure, 2 usage, 3 not enrolled, 4 no TPM,\n"
	      "5 refused or will not unlock; calibrate --root also 6, attest also 7.\n",
	      f);
}

static void hear(int priority, const char *text)
{
	if (priority <= LOG_PRIORITY_WARNING)
		answer_hear(text);
	events_hear(priority, text);
}

static int run(const char *name, int (*command)(int argc, char **argv), int argc, char **argv)
{
	int code;

	log_listen(hear);
	code = command(argc, argv);
	answer_finish(name, code);
	return cli_finish(code);
}

static int try_help(void)
{
	fputs("Try 'bootseal --help'.\n", stderr);
	return EXIT_USAGE;
}

/* A closed output must not become the number of a file that is opened later: of the TPM, of the volume. */
static void fill_closed(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open(fd == 0 ? "/dev/null" : "/dev/full", O_RDWR) < 0)
			(void)!open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
	static char long_help[] = "--help"; /* "help COMMAND" is "COMMAND --help" */
	int taken;

	fill_closed();
	log_program("bootseal");
	/* in a log of apt's both outputs keep their order */
	setvbuf(stdout, NULL, _IOLBF, 0);
	/*
	 * enroll holds a passphrase for a moment: no core dump, no ptrace by other processes of the same user
	 */
	prctl(PR_SET_DUMPABLE, 0);
	while (argc > 1 && (taken = cli_take_common(argv[1])) != 0) {
		if (taken < 0)
			return try_help();
		argc--;
		argv++;
	}
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2) {
		argv[1] = argv[2];
		argv[2] = long_help;
		argc = 3;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return cli_finish(EXIT_YES);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("bootseal " BOOTSEAL_VERSION);
		return cli_finish(EXIT_YES);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(commands[i].name, commands[i].run, argc - 1, argv + 1);
	log_say("unknown %s '%s'", argv[1][0] == '-' ? "option" : "command", argv[1]);
	return try_help();
}
