#include "cli/begin.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/cli.h"

int cli_begin(int argc, char **argv, const char *help, const char **ret_tcti, const char **ret_word,
	      struct machine *ret_machine)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct error err = ERROR_NONE;
	const struct option *known = ret_tcti ? options : options + 1;
	const char *tcti = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 't')
			tcti = optarg;
		else if (c == 'h')
			return fputs(help, stdout), EXIT_YES;
		else
			return cli_usage(argv[0], NULL);
	}
	if (ret_word && optind < argc) {
		*ret_word = argv[optind++];
	} else if (ret_word) {
		log_say("%s: %s is missing", argv[0], *ret_word);
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
	if (ret_tcti)
		*ret_tcti = tcti;
	return -1;
}
