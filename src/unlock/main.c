#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "seal/anchor.h"
#include "unlock/commands.h"

/* the static program: a fix of these reaches it only when it is built again */
#ifdef BUILT_WITH
#define BUILT_WITH_TEXT "\nbuilt with " BUILT_WITH
#else
#define BUILT_WITH_TEXT ""
#endif

static const struct {
	const char *name;
	int (*main)(const struct options *o, int count, char *const *names);
} commands[] = {
	{ "open", cmd_open },
	{ "close", cmd_close },
	{ "confirm", cmd_confirm },
	{ "lock", cmd_lock },
	{ "root", cmd_root },
	{ "resume", cmd_resume },
	{ "explain", cmd_explain },
	{ "recover", cmd_recover },
};

static const char summary[] =
	"Usage: bootseal-unlock [options] COMMAND\n"
	"\n"
	"In a rescue shell:\n"
	"  explain [NAME...]  say why the TPM did not unlock the volumes, and what does\n"
	"  recover [NAME...]  ask for the recovery key and unlock the volumes with it,\n"
	"                     without the TPM\n"
	"  then 'exit' continues the boot; cryptsetup asks for what is still locked\n";

static const char help[] =
	"\n"
	"For the boot scripts:\n"
	"  open [NAME...]  unlock the anchor's volumes with the TPM, then close the\n"
	"                  window for this boot\n"
	"  open --pin      the same with the PIN, which is read from standard input\n"
	"  close           only close the window: the TPM does not unlock until the next\n"
	"                  boot\n"
	"  confirm         ask whether cryptsetup may prompt for a volume that open\n"
	"                  held back\n"
	"  lock            close the volumes that the TPM unlocked in this boot\n"
	"  root DIR        check that the root mounted at DIR is on a volume of the\n"
	"                  anchor; otherwise do the same as lock\n"
	"  resume DEVICE   check that DEVICE is on a volume of the anchor, so that\n"
	"                  resuming from it is safe\n"
	"\n"
	"Exit codes: 0 done, 1 failure, 2 usage, 3 not enrolled, 4 no TPM, 5 this boot\n"
	"is not sealed, 6 header, token or device does not match the anchor, 7 a device\n"
	"is still missing, or the PIN has to be asked for, 8 the window or a volume\n"
	"cannot be closed: reboot\n"
	"\n"
	"Options, for tests and manual repairs:\n"
	"  --anchor FILE    instead of " ANCHOR_PATH "\n"
	"  --deployed FILE  instead of /etc/bootseal/deployed\n"
	"  --crypttab FILE  instead of /cryptroot/crypttab\n"
	"  --cmdline FILE   instead of /proc/cmdline\n"
	"  --run-dir DIR    instead of /run/bootseal\n"
	"  --tcti TPM       device:PATH instead of /dev/tpm0 and so on; once for each TPM\n"
	"                   of the machine\n"
	"  --wait MS        how long to wait for the volumes' devices, instead of 5000\n"
	"  --sys DIR        instead of /sys\n"
	"  --mounts FILE    instead of /proc/self/mounts\n"
	"  --test-open      test the keyslot instead of making the mapping, for hosts\n"
	"                   without device mapper\n";

enum option_id {
	OPT_HELP,
	OPT_VERSION,
	OPT_ANCHOR,
	OPT_DEPLOYED,
	OPT_CRYPTTAB,
	OPT_CMDLINE,
	OPT_RUN_DIR,
	OPT_TCTI,
	OPT_WAIT,
	OPT_SYS,
	OPT_MOUNTS,
	OPT_TEST_OPEN,
	OPT_PIN,
	OPT_EXPLAIN,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "anchor", required_argument, NULL, OPT_ANCHOR },
	{ "deployed", required_argument, NULL, OPT_DEPLOYED },
	{ "crypttab", required_argument, NULL, OPT_CRYPTTAB },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "run-dir", required_argument, NULL, OPT_RUN_DIR },
	{ "tcti", required_argument, NULL, OPT_TCTI },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "sys", required_argument, NULL, OPT_SYS },
	{ "mounts", required_argument, NULL, OPT_MOUNTS },
	{ "test-open", no_argument, NULL, OPT_TEST_OPEN },
	{ "pin", no_argument, NULL, OPT_PIN },
	/* the same as the command, for people who remember it as an option */
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ NULL, 0, NULL, 0 },
};

static bool set_option(struct options *o, int id, const char *value)
{
	uint64_t ms;

	switch (id) {
	case OPT_ANCHOR:
		o->anchor = value;
		return true;
	case OPT_DEPLOYED:
		o->deployed = value;
		return true;
	case OPT_CRYPTTAB:
		o->crypttab = value;
		return true;
	case OPT_CMDLINE:
		o->cmdline = value;
		return true;
	case OPT_RUN_DIR:
		o->run_dir = value;
		return true;
	case OPT_TCTI:
		if (o->tcti_count == TPMS_MAX)
			return false;
		o->tcti[o->tcti_count++] = value;
		return true;
	case OPT_WAIT:
		if (text_number(value, strlen(value), 600000, &ms) < 0)
			return false;
		o->wait_ms = ms;
		return true;
	case OPT_SYS:
		o->sysfs = value;
		return true;
	case OPT_MOUNTS:
		o->mounts = value;
		return true;
	case OPT_TEST_OPEN:
		o->test_open = true;
		return true;
	case OPT_PIN:
		o->pin = true;
		return true;
	default:
		return false;
	}
}

static int usage(void)
{
	fputs(summary, stderr);
	fputs("  --help             all commands and options\n", stderr);
	return UNLOCK_USAGE;
}

int main(int argc, char **argv)
{
	struct options o = {
		.anchor = ANCHOR_PATH,
		.deployed = "/etc/bootseal/deployed",
		.crypttab = "/cryptroot/crypttab",
		.cmdline = "/proc/cmdline",
		.run_dir = "/run/bootseal",
		.sysfs = "/sys",
		.mounts = "/proc/self/mounts",
		.wait_ms = 5000, /* as long as cryptroot waits in local-top */
	};
	size_t i;
	int id;

	log_program("bootseal");
	/* neither core dump nor ptrace by another process of the same user */
	prctl(PR_SET_DUMPABLE, 0);
	umask(022);
	while ((id = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (id == OPT_HELP || id == 'h') {
			fputs(summary, stdout);
			fputs(help, stdout);
			return UNLOCK_DONE;
		}
		if (id == OPT_VERSION) {
			puts("bootseal-unlock " BOOTSEAL_VERSION BUILT_WITH_TEXT);
			return UNLOCK_DONE;
		}
		if (id == OPT_EXPLAIN)
			return cmd_explain(&o, argc - optind, argv + optind);
		if (!set_option(&o, id, optarg))
			return usage();
	}
	for (i = 0; optind < argc && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[optind], commands[i].name) == 0)
			return commands[i].main(&o, argc - optind - 1, argv + optind + 1);
	if (optind < argc)
		log_say("unknown command '%s'", argv[optind]);
	return usage();
}
