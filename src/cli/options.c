#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define OPTIONS_MAX 48

/* long ones, so that no letter is taken from a command's own table */
enum { QUIET = 0x100, VERBOSE };

static const struct option common[] = {
	{ "quiet", no_argument, NULL, QUIET },
	{ "verbose", no_argument, NULL, VERBOSE },
};

static bool set_level(enum log_level level)
{
	if (log_level() != LOG_LEVEL_NORMAL && log_level() != level) {
		log_say("--quiet and --verbose exclude each other");
		return false;
	}
	log_set_level(level);
	return true;
}

int cli_take_common(const char *word)
{
	if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0)
		return set_level(LOG_LEVEL_QUIET) ? 1 : -1;
	if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0)
		return set_level(LOG_LEVEL_VERBOSE) ? 1 : -1;
	return 0;
}

/* Those that an abbreviation may stand for, or its only one. */
static size_t list_meant(const struct option *options, const char *word, size_t n, char ret[static 256])
{
	size_t found = 0, at = 0;

	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, word, n) != 0)
			continue;
		if (at < 200)
			at += snprintf(ret + at, 256 - at, "%s--%s", found ? ", " : "", o->name);
		found++;
	}
	return found;
}

/* getopt_long() returned '?': which word it was, and what is wrong with it. */
static void say_wrong(const char *command, const char *word, const struct option *options)
{
	bool has_value = strchr(word, '=') != NULL;
	size_t n = strlen(word) > 2 ? strcspn(word + 2, "=") : 0;
	char meant[256] = "";

	/* a letter, which may be one of several in a word; of a long option optopt is 0, or its own value */
	if (optopt && !has_value) {
		log_say("%s: unknown option '-%c'", command, optopt);
		return;
	}
	switch (n > 0 ? list_meant(options, word + 2, n, meant) : 0) {
	case 0:
		log_say("%s: unknown option '%.*s'", command, (int)n + 2, word);
		break;
	case 1:
		log_say("%s: option '%s' takes no value", command, meant);
		break;
	default:
		/* a whole name that others begin with is that one */
		if (optopt)
			log_say("%s: option '%.*s' takes no value", command, (int)n + 2, word);
		else
			log_say("%s: option '%.*s' is ambiguous: %s", command, (int)n + 2, word, meant);
	}
}

static const struct option *merge(const struct option *options)
{
	static struct option all[OPTIONS_MAX];
	size_t n = 0;

	for (; options->name && n < OPTIONS_MAX - 1 - sizeof(common) / sizeof(*common); options++)
		all[n++] = *options;
	memcpy(&all[n], common, sizeof(common));
	all[n + sizeof(common) / sizeof(*common)] = (struct option){ .name = NULL };
	return all;
}

int cli_getopt(int argc, char *const *argv, const struct option *options)
{
	const struct option *all = merge(options);
	int c, index;

	opterr = 0;
	for (;;) {
		index = -1;
		c = getopt_long(argc, argv, ":hqv", all, &index);
		/* a letter, not a row of the command's that has the same value */
		if (c == QUIET || (c == 'q' && index < 0)) {
			if (!set_level(LOG_LEVEL_QUIET))
				return '?';
		} else if (c == VERBOSE || (c == 'v' && index < 0)) {
			if (!set_level(LOG_LEVEL_VERBOSE))
				return '?';
		} else if (c == ':') {
			log_say("%s: option '%s' needs a value", argv[0], argv[optind - 1]);
			return '?';
		} else {
			if (c == '?')
				say_wrong(argv[0], argv[optind - 1], all);
			return c;
		}
	}
}
