#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/image_machine.h"
#include "cli/options.h"
#include "cli/report_tree.h"
#include "cli/root.h"
#include "machine/enroll_pin.h"
#include "machine/forecast.h"
#include "machine/reference.h"
#include "measure/log/pcr_names.h"
#include "seal/anchor.h"

static const char help[] =
	"usage: bootseal predict [--events | --tree] [--default] [--all] [--root DIR]\n"
	"                        [--image IMAGE] [--json | --format FORMAT]\n\n"
	"What each boot path of this machine will measure: the PCR values and, with\n"
	"--events, every event. Reads only; does not use the TPM.\n\n"
	"  --events    every event, in order: PCR, type, digest, what it is\n"
	"  --tree      the programs that are started, one by the other, and what each of\n"
	"              them measures; marked where this boot measured something else\n"
	"  --default   only the boot path that is taken without a key press\n"
	"  --all       also entries that get no branch: those that give a root shell,\n"
	"              and those whose initrd is not proven\n"
	"  --json      for programs; with PCR 15 as an unlocked boot leaves it\n"
	"  --format FORMAT\n"
	"              json, or keylime: the policy that Keylime's verifier takes\n"
	"  --image IMAGE\n"
	"              the first start of a machine that does not exist yet: this\n"
	"              disk image, in firmware as this machine's, or that of --root\n"
	"  --uefi-config FILE\n"
	"              with --image: its PK, KEK, db and dbx; see 'bootseal image -h'\n"
	"  --azure-disk FILE\n"
	"              the same from an Azure disk's JSON\n"
	ROOT_HELP
	"\nExit codes: 0 printed, 1 failure (with --pcrs also: the event log does not\n"
	"replay to these values), 2 usage.\n";

struct arguments {
	bool events, tree, only_default, all, for_programs;
	const char *image;
	enum reference_format format;
	struct root_options other;
	struct image_keys keys;
};

static void print_event(const struct event *e)
{
	const char *name = pcr_event_name(e->type);
	char hex[2 * SHA256_LEN + 1];

	text_hex(e->digest, SHA256_LEN, hex);
	printf("  %2u %-33s %s %s\n", e->pcr, name ? name : "", hex, e->what);
}

static void print_path(const struct forecast *f, const struct forecast_path *p, bool events)
{
	char hex[2 * SHA256_LEN + 1];

	printf("%s\n", p->label);
	printf("  kernel   %s\n  initrd   %s\n  cmdline  %s\n", p->kernel, p->initrd, p->cmdline);
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(f->mask >> i & 1))
			continue;
		text_hex(p->pcrs[i], SHA256_LEN, hex);
		printf("  PCR %-4u %s\n", i, hex);
	}
	for (size_t i = 0; i < p->events.n && events; i++)
		print_event(&p->events.e[i]);
}

static int print_forecast(const struct forecast *f, const struct chain *c, const struct arguments *a)
{
	size_t shown = 0;

	for (size_t i = 0; i < f->path_count; i++) {
		if (a->only_default && !f->path[i].is_default)
			continue;
		if (shown++ > 0)
			putchar('\n');
		/* the log that an image's machine has is another's */
		if (a->tree)
			report_tree(&f->path[i], a->image || c->logged.n == 0 ? NULL : &c->logged);
		else
			print_path(f, &f->path[i], a->events);
	}
	for (size_t i = 0; i < f->left_out_count && !a->only_default; i++) {
		if (i == 0)
			putchar('\n');
		log_print(2, "left out: %s: %s", f->left_out[i].what, f->left_out[i].why);
	}
	if (shown > 0)
		return EXIT_YES;
	log_say("no boot path can be predicted%s", f->left_out_count > 0 ? "; see what was left out" : "");
	return EXIT_FAILED;
}

static int print_reference(const struct machine *m, const struct forecast *f, const struct arguments *a)
{
	const struct reference_options o = { .format = a->format,
					     .events = a->events,
					     .only_default = a->only_default };
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	int r = reference_add(m, f, &o, &err, &text);

	if (r < 0)
		log_say("%s", err.text[0] ? err.text : strerror(-r));
	else
		fputs(buffer_str(&text), stdout), answer_given();
	buffer_free(&text);
	return r < 0 ? EXIT_FAILED : EXIT_YES;
}

static int run(const struct machine *m, const struct arguments *a)
{
	struct forecast_options o = { .trust = TRUST_UNJUDGED,
				      .root_shells = a->all,
				      .without_proof = a->all };
	struct forecast f = FORECAST_NONE;
	struct error err = ERROR_NONE;
	struct chain *chain = NULL;
	struct pcr_values pcrs;
	int has_pcrs, r;

	/* before enrolment no initrd can hold what it must */
	if (!machine_exists(m, ANCHOR_PATH))
		o.without_proof = true;
	has_pcrs = r = root_pcrs(&a->other, &err, &pcrs);
	if (r >= 0)
		r = chain_load(m, &err, &chain);
	if (r == 0 && has_pcrs)
		r = chain_check_pcrs(chain, &pcrs, a->other.pcrs, &err);
	if (r == 0)
		r = chain_forecast(chain, &o, &err, &f);
	if (r < 0) {
		log_say("cannot predict: %s", err.text[0] ? err.text : strerror(-r));
		r = EXIT_FAILED;
	} else {
		r = a->for_programs ? print_reference(m, &f, a) : print_forecast(&f, chain, a);
		if (!a->for_programs && enroll_pin_is(m))
			puts("PIN: the TPM unlocks none of them before it was typed");
	}
	forecast_free(&f);
	chain_free(chain);
	return r;
}

static int run_image(const struct machine *m, const struct arguments *a)
{
	struct error err = ERROR_NONE;
	struct image_source s;
	struct machine disk;
	int r;

	r = image_source_look(a->image, NULL, &err, &s);
	if (r == 0)
		r = image_machine(m, &a->keys, &s, &err, &disk);
	if (r == 0)
		r = run(&disk, a);
	image_source_end(&s, false);
	if (r >= 0)
		return r;
	log_say("cannot predict: %s", err.text[0] ? err.text : strerror(-r));
	return EXIT_FAILED;
}

/* A format that is not known is named here: what refuses a value must not look like an unknown option. */
static bool take_format(const char *word, struct arguments *a)
{
	if (reference_format_parse(word, &a->format) == 0)
		return true;
	log_say("predict: --format: '%s' is neither json nor keylime", word);
	return false;
}

int cmd_predict(int argc, char **argv)
{
	static const struct option options[] = {
		{ "events", no_argument, NULL, 'e' },
		{ "tree", no_argument, NULL, 't' },
		{ "default", no_argument, NULL, 'd' },
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "format", required_argument, NULL, 'f' },
		{ "image", required_argument, NULL, 'i' },
		IMAGE_KEYS_OPTIONS,
		ROOT_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .events = false };
	struct machine m;
	int c, code;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 'e')
			a.events = true;
		else if (c == 't')
			a.tree = true;
		else if (c == 'd')
			a.only_default = true;
		else if (c == 'a')
			a.all = true;
		else if (c == 'j')
			a.for_programs = true, answer_want_json();
		else if (c == 'i')
			a.image = optarg;
		else if (c == 'f' && take_format(optarg, &a))
			a.for_programs = true;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else if (!image_keys_take(c, optarg, &a.keys) && !root_take(c, optarg, &a.other))
			return cli_usage("predict", NULL);
	}
	if (optind < argc)
		return cli_usage("predict", argv[optind]);
	if (a.image && a.other.pcrs)
		return cli_refuse("predict", "--pcrs is of a machine as it is, --image gives it a new disk");
	if (a.tree && (a.events || a.for_programs))
		return cli_refuse("predict", "--tree goes with neither --events nor --json, --format");
	if (image_keys_bad(&a.keys))
		return cli_refuse("predict", image_keys_bad(&a.keys));
	if (a.keys.path && !a.image)
		return cli_refuse("predict", "--uefi-config and --azure-disk go with --image");
	code = root_machine("predict", &a.other, NULL, &m);
	if (code >= 0)
		return code;
	return a.image ? run_image(&m, &a) : run(&m, &a);
}
