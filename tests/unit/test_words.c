/* Which words of two texts differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/words.h"

static void differ(const char *a, const char *b, const char *want_gone, const char *want_added)
{
	struct buffer gone = BUFFER_NONE, added = BUFFER_NONE;

	assert_int_equal(words_differ(a, b, &gone, &added), want_gone != NULL);
	assert_string_equal(buffer_str(&gone), want_gone ? want_gone : "");
	assert_string_equal(buffer_str(&added), want_added ? want_added : "");
	buffer_free(&gone);
	buffer_free(&added);
}

static void words(void **state)
{
	differ("linux /vmlinuz ro quiet", "linux /vmlinuz ro quiet init=/bin/sh", "", "init=/bin/sh");
	differ("linux /vmlinuz ro quiet splash", "linux /vmlinuz ro single", "quiet splash", "single");
	differ("linux /vmlinuz-55 root=a ro", "linux /vmlinuz-56 root=b ro", "/vmlinuz-55 root=a",
	       "/vmlinuz-56 root=b");
	differ("a b c", "b c", "a", "");
	/* a word that moved is gone, and added */
	differ("a b c d", "b c d a", "a", "a");
	differ("ro ro quiet", "ro quiet", "ro", "");
	/* blanks are not words */
	differ("  a \t b\n", "a b c", "", "c");
	differ("ro quiet\\x0a\\x09echo", "ro quiet audit=0\\x0a\\x09echo", "", "audit=0");
	differ("ro \\x0b", "ro", "\\x0b", "");
}

static void nothing_to_say(void **state)
{
	char many[2 * WORDS_MAX + 8] = "", more[sizeof(many)];

	differ("a b", "a  b", NULL, NULL);
	differ("", "", NULL, NULL);
	differ("", "a", NULL, NULL);
	differ("a b", "c d", NULL, NULL);
	for (size_t i = 0; i < WORDS_MAX; i++)
		strcat(many, "w ");
	strcpy(more, many);
	more[0] = 'v';
	differ(many, more, "w", "v");
	strcat(more, "x");
	differ(many, more, NULL, NULL);
	differ(more, many, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(nothing_to_say),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
