#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/cmd_recovery_key.h"
#include "cli/image_deploy.h"
#include "cli/image_verify.h"
#include "cli/options.h"
#include "image/encrypt.h"
#include "machine/chain/chain_grub_initrd.h"
#include "seal/recovery_key.h"

static const char help[] =
	"usage: bootseal image encrypt [OPTION]... IMAGE\n"
	"       bootseal image deploy --srk FILE [OPTION]... IMAGE\n"
	"       bootseal image verify [--format FORMAT] [--json] IMAGE\n\n"
	"encrypt: encrypts the root of a disk image before it runs anywhere: raw, qcow2\n"
	"or VHD, with a GPT, for UEFI, an ext4 with Debian or Ubuntu and the package\n"
	"bootseal in it. Needs neither root nor a device mapper: the image's own system\n"
	"does it, in a QEMU of its own. The new image is written beside the old one and\n"
	"checked, and then takes its place.\n\n"
	"  --output FILE     leave IMAGE as it is, write there\n"
	"  --key-file FILE   the passphrase (\"-\": standard input); without it a recovery\n"
	"                    key is made, and shown at the end\n"
	"  --escrow COMMAND  do not show that key: run this command by /bin/sh with it on\n"
	"                    its standard input; where it fails IMAGE stays as it is\n"
	"  --first-boot      put a key in the clear into the image, so that it starts\n"
	"                    without a person: until the first boot has enrolled it,\n"
	"                    NOTHING IS PROTECTED\n"
	"  --deploy          instead: an initrd for 'deploy'\n"
	"  --name NAME       of the volume in crypttab, instead of " IMAGE_MAPPING "\n"
	"  --format FORMAT   raw, qcow2 or vpc, where it is not to be found out\n\n"
	"deploy: seals a key of an image of 'encrypt --deploy' for the first boots of one\n"
	"machine, whose TPM is elsewhere, and predicts what those boots measure.\n\n"
	"  --srk FILE        its storage root key's public area: 'tpm2_readpublic -o',\n"
	"                    'systemd-analyze srk'\n"
	"  --root DIR        the report of a machine of the same kind, unpacked, in place\n"
	"                    of this machine\n"
	"  --uefi-config FILE\n"
	"                    its PK, KEK, db and dbx are not those of that machine: JSON\n"
	"                    with them in base64, as 'encrypt-cloud-image' takes it\n"
	"  --azure-disk FILE the same from an Azure disk's JSON (uefiSettings)\n"
	"  --resets N        until its TPM was reset N times in all (16); a new one has\n"
	"                    counted two or three\n"
	"  --key-file FILE   the passphrase or recovery key of the image\n"
	"  --output FILE     leave IMAGE as it is, write there\n\n"
	"verify: says what is in an image, what it would do, and what in it opens it.\n\n"
	"  --json            for programs (doc/fleet.md)\n\n"
	"Exit codes: 0 done; verify: encrypted, and nothing in it opens it. 1 failure.\n"
	"5 encrypt: refused, IMAGE stays as it is; verify: not encrypted, or something in\n"
	"it opens it.\n";

struct arguments {
	const char *output, *key_file, *escrow, *name, *format, *srk;
	bool first_boot, deploy;
	bool has_resets;
	uint64_t resets;
	struct root_options platform;
	struct image_keys keys;
};

struct progress {
	bool terminal;
	char step[80];
	unsigned percent;	       /* shown last */
	const struct secret *recovery; /* NULL: the passphrase is the owner's */
	const char *escrow;
};

static void say(void *context, enum helper_word word, const char *text, uint64_t done, uint64_t all)
{
	struct progress *p = context;
	unsigned percent = all ? (unsigned)((done < all ? done : all) * 100 / all) : 0;

	if (word == HELPER_NOTE) {
		log_say("%s", text);
	} else if (log_level() == LOG_LEVEL_QUIET) {
		return;
	} else if (word == HELPER_STEP) {
		snprintf(p->step, sizeof(p->step), "%s", text);
		p->percent = 0;
		fprintf(stderr, p->terminal ? "\r%-60s\r%s ..." : "%s%s ...\n", p->terminal ? "" : "", text);
	} else if (percent != p->percent && (p->terminal || percent / 10 != p->percent / 10)) {
		p->percent = percent;
		fprintf(stderr, p->terminal ? "\r%s ... %u%%" : "%s ... %u%%\n", p->step, percent);
	}
}

static int hand_out(void *context, struct error *err)
{
	struct progress *p = context;

	if (p->terminal)
		fputs("\r\033[K", stderr);
	if (!p->recovery)
		return 0;
	return recovery_tell(p->recovery, &(struct recovery_options){ .escrow = p->escrow }, err);
}

static int get_key(const struct arguments *a, struct error *err, struct secret *ret)
{
	int r;

	if (a->key_file)
		return ask_passphrase("", a->key_file, err, ret);
	r = recovery_new(ret);
	return r < 0 ? error_set(err, r, "cannot make a recovery key: %s", strerror(-r)) : 0;
}

static int encrypt(const char *path, const struct arguments *a)
{
	struct image_source source;
	struct secret key = SECRET_NONE;
	struct error err = ERROR_NONE;
	struct progress p = { .terminal = terminal_width(STDERR_FILENO) > 0, .escrow = a->escrow };
	struct image_encrypt o = {
		.output = a->output,
		.mapping = a->name ? a->name : IMAGE_MAPPING,
		.key = &key,
		.is_recovery = !a->key_file,
		.first_boot = a->first_boot,
		.deploy = a->deploy,
		.grub_setting = chain_grub_initrd_setting,
		.said = say,
		.context = &p,
		.ready = hand_out,
	};
	int r;

	p.recovery = a->key_file ? NULL : &key;
	r = get_key(a, &err, &key);
	if (r == 0) {
		r = image_source_begin(path, a->format, &err, &source);
		if (r == 0)
			r = image_encrypt(&source, &o, &err);
		/* what failed in the helper VM says there why */
		image_source_end(&source, r < 0 && r != -ECANCELED);
	}
	secret_free(&key);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return cli_exit_code(r);
	}
	log_note("%s: its root is encrypted", a->output ? a->output : path);
	if (a->first_boot)
		log_say("THE KEY LIES IN IT IN THE CLEAR, beside the volume: anyone who reads this "
			"image reads everything, until its first boot has sealed the volume and changed the "
			"key");
	return EXIT_YES;
}

static bool take(int c, const char *arg, struct arguments *a)
{
	switch (c) {
	case 'o':
		a->output = arg;
		return true;
	case 'k':
		a->key_file = arg;
		return true;
	case 'e':
		a->escrow = arg;
		return true;
	case 'n':
		a->name = arg;
		return true;
	case 'f':
		a->format = arg;
		return true;
	case 'b':
		a->first_boot = true;
		return true;
	case 'd':
		a->deploy = true;
		return true;
	case 's':
		a->srk = arg;
		return true;
	case 'j':
		answer_want_json();
		return true;
	case 'r':
		a->has_resets = true;
		return text_number(arg, strlen(arg), UINT32_MAX, &a->resets) == 0;
	default:
		return image_keys_take(c, arg, &a->keys) || root_take(c, arg, &a->platform);
	}
}

static int deploy(const char *path, const struct arguments *a)
{
	return image_deploy_run(&(struct image_deploy_arguments){
		.image = path,
		.srk = a->srk,
		.output = a->output,
		.key_file = a->key_file,
		.format = a->format,
		.resets = a->has_resets ? (uint32_t)a->resets : IMAGE_DEPLOY_RESETS,
		.platform = a->platform,
		.keys = a->keys,
	});
}

/* The actions that an option goes with, by their first letters. */
static const struct {
	int option;
	const char *name, *goes_with;
} uses[] = {
	{ 'o', "--output", "ed" },   { 'k', "--key-file", "ed" }, { 'e', "--escrow", "e" },
	{ 'n', "--name", "e" },	     { 'b', "--first-boot", "e" }, { 'd', "--deploy", "e" },
	{ 's', "--srk", "d" },	     { 'r', "--resets", "d" },	   { 'R', "--root", "d" },
	{ 'U', "--uefi-config", "d" }, { 'A', "--azure-disk", "d" },
	{ 'j', "--json", "v" },
};

/* An option that was given and does not go with the action; NULL. given: their letters. */
static const char *misplaced(const char *given, const char *action)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strchr(given, uses[i].option) && !strchr(uses[i].goes_with, action[0]))
			return uses[i].name;
	return NULL;
}

static int act(const char *action, const char *path, const struct arguments *a, const char *given)
{
	const char *wrong = misplaced(given, action);

	if (wrong) {
		log_say("image: %s does not go with %s", wrong, action);
		return cli_usage("image", NULL);
	}
	if (a->escrow && a->key_file)
		return cli_refuse("image", "--escrow and --key-file exclude each other");
	if (image_keys_bad(&a->keys))
		return cli_refuse("image", image_keys_bad(&a->keys));
	if (a->first_boot && a->deploy)
		return cli_refuse("image", "--first-boot and --deploy exclude each other");
	switch (action[0]) {
	case 'v':
		return image_verify_show(path, a->format);
	case 'd':
		return a->srk ? deploy(path, a) : cli_refuse("image", "deploy: --srk FILE is missing");
	default:
		return encrypt(path, a);
	}
}

static bool is_verb(const char *word)
{
	return strcmp(word, "encrypt") == 0 || strcmp(word, "deploy") == 0 || strcmp(word, "verify") == 0;
}

int cmd_image(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' }, { "key-file", required_argument, NULL, 'k' },
		{ "escrow", required_argument, NULL, 'e' }, { "name", required_argument, NULL, 'n' },
		{ "format", required_argument, NULL, 'f' }, { "first-boot", no_argument, NULL, 'b' },
		{ "deploy", no_argument, NULL, 'd' },	    { "srk", required_argument, NULL, 's' },
		{ "resets", required_argument, NULL, 'r' }, { "root", required_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' },	    IMAGE_KEYS_OPTIONS,
		{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
	};
	char given[sizeof(options) / sizeof(options[0])] = "";
	struct arguments a = { .format = NULL };
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		if (!take(c, optarg, &a))
			return cli_usage("image", NULL);
		if (!strchr(given, c))
			given[strlen(given)] = (char)c;
	}
	if (optind == argc)
		return cli_refuse("image", "encrypt, deploy or verify is missing");
	if (!is_verb(argv[optind])) {
		log_say("image: '%s' is none of encrypt, deploy and verify", argv[optind]);
		return cli_usage("image", NULL);
	}
	if (argc - optind == 1)
		return cli_refuse("image", "IMAGE is missing");
	if (argc - optind > 2)
		return cli_usage("image", argv[optind + 2]);
	return act(argv[optind], argv[optind + 1], &a, given);
}
