#include "cli/begin.h"

#include <stdio.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/options.h"

/* Abbreviations have to be of what the command takes, so only that is in the list. */
static void list_options(const struct cli_takes *takes, struct option ret[static 4])
{
	static const struct option tcti = { "tcti", required_argument, NULL, 't' };
	static const struct option json = { "json", no_argument, NULL, 'j' };
	static const struct option help = { "help", no_argument, NULL, 'h' };
	size_t n = 0;

	ret[n++] = help;
	if (takes->tcti)
		ret[n++] = tcti;
	if (takes->json)
		ret[n++] = json;
	ret[n] = (struct option){ .name = NULL };
}

int cli_begin(int argc, char **argv, const char *help, const struct cli_takes *takes,
	      struct machine *ret_machine)
{
	struct error err = ERROR_NONE;
	struct option options[4];
	int c;

	list_options(takes, options);
	if (takes->tcti)
		*takes->tcti = NULL;
	while ((c = cli_getopt(argc, argv, options)) != -1) {
		if (c == 't')
			*takes->tcti = optarg;
		else if (c == 'j')
			answer_want_json();
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage(argv[0], NULL);
	}
	if (takes->word && optind < argc) {
		*takes->word = argv[optind++];
	} else if (takes->word) {
		log_say("%s: %s is missing", argv[0], *takes->word);
		return cli_usage(argv[0], NULL);
	}
	if (optind < argc)
		return cli_usage(argv[0], argv[optind]);
	if (!cli_need_root(argv[0]))
		return EXIT_FAILED;
	if (machine_init(NULL, &err, ret_machine) < 0) {
		log_say("%s", err.text);
		return EXIT_FAILED;
	}
	return -1;
}
