#include "witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit_code.h"

/* Without what a terminal's width makes of it: one blank between two words. */
static char *flat(const char *text)
{
	char *to = calloc(1, strlen(text) + 1), *at = to;

	if (!to)
		abort();
	for (; *text; text++) {
		bool blank = strchr(" \t\r\n", *text);

		if (!blank)
			*at++ = *text;
		else if (at > to && at[-1] != ' ')
			*at++ = ' ';
	}
	return to;
}

static bool is_said(const char *said, const char *text)
{
	char *all = flat(said), *wanted = flat(text);
	bool found = strstr(all, wanted);

	free(all);
	free(wanted);
	return found;
}

/* bootseal-unlock's exit code, and what the boot scripts make of it */
static enum story_word ending(int code)
{
	switch (code) {
	case UNLOCK_DONE:
		return STORY_OPENS;
	case UNLOCK_NOT_ENROLLED:
		return STORY_NOT_ENROLLED;
	case UNLOCK_TAMPERED:
		return STORY_WARNS;
	case UNLOCK_ABSENT:
		return STORY_WAITS;
	case UNLOCK_WINDOW:
		return STORY_RESTARTS;
	default:
		return STORY_ASKS;
	}
}

const char *witness_ending(int code)
{
	return story_name(ending(code));
}

void witness_look(const struct story_line *l, const char *said, int code, struct story_finding *f)
{
	switch (l->word) {
	case STORY_SAYS:
		if (!is_said(said, l->rest))
			story_fault(f, l->number, "\"%s\" is not said, but:\n%s", l->rest, said);
		return;
	case STORY_SAYS_NOT:
		if (is_said(said, l->rest))
			story_fault(f, l->number, "\"%s\" is said:\n%s", l->rest, said);
		return;
	case STORY_EXIT:
		if (code != atoi(l->rest))
			story_fault(f, l->number, "exit code %d instead of %s:\n%s", code, l->rest, said);
		return;
	case STORY_ASKED:
	case STORY_TYPE:
	case STORY_TEXT:
		return;
	default:
		if (ending(code) != l->word)
			story_fault(f, l->number, "this boot \"%s\" (exit code %d):\n%s",
				    witness_ending(code), code, said);
	}
}
