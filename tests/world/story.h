/*
 * A story: a text file that tells what happens to a machine, and what is seen then (stories/README.md). A
 * line that begins at the margin does something; the indented lines below it say what that must have brought.
 */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include <stdbool.h>
#include <stddef.h>

enum story_word {
	/* what happens */
	STORY_RUN,
	STORY_HOST,
	STORY_TERMINAL,
	STORY_INSTALL,
	STORY_PURGE,
	STORY_BOOT,
	STORY_POWER_ON,
	STORY_MEASURE,
	STORY_FILE,
	STORY_APPEND,
	STORY_GRUBENV,
	STORY_LOG,
	STORY_HARDWARE,
	/* what is seen; more of what happens: lines of a file, words at a terminal */
	STORY_SAYS,
	STORY_SAYS_NOT,
	STORY_EXIT,
	STORY_OPENS,
	STORY_ASKS,
	STORY_WARNS,
	STORY_WAITS,
	STORY_RESTARTS,
	STORY_NOT_ENROLLED,
	STORY_ASKED,
	STORY_TYPE,
	STORY_TEXT,
};

struct story_line {
	unsigned int number; /* in the file */
	enum story_word word;
	char *rest;          /* behind the word, "" when there is nothing */
};

struct story {
	char *file; /* as it was opened */
	struct story_line *line;
	size_t n;
};

/* Where something is wrong, and what. */
struct story_finding {
	unsigned int line; /* 0: nothing is */
	char text[8192];
};

#define STORY_NONE ((struct story){ .file = NULL })

/* False: a finding says which line is not understood. story_free() is needed in any case. */
bool story_parse(const char *file, const char *text, struct story *ret, struct story_finding *ret_finding);
void story_free(struct story *s);

const char *story_name(enum story_word word);
bool story_is_action(enum story_word word);
/* After the last line that belongs to the action at `at`. */
size_t story_end_of(const struct story *s, size_t at);
/* The line of that word among those of the action at `at`, or NULL. */
const struct story_line *story_find(const struct story *s, size_t at, enum story_word word);

void story_fault(struct story_finding *f, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
