/* The environment block, byte by byte as GRUB leaves it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "measure/grub/env.h"

#define HEAD "# GRUB Environment Block\n"
#define LEN 64

static uint8_t block[LEN];

static void fill(const char *text)
{
	memset(block, '#', LEN);
	memcpy(block, HEAD, strlen(HEAD));
	memcpy(block + strlen(HEAD), text, strlen(text));
}

static void assert_block(const char *text)
{
	uint8_t want[LEN];

	memset(want, '#', LEN);
	memcpy(want, HEAD, strlen(HEAD));
	memcpy(want + strlen(HEAD), text, strlen(text));
	assert_memory_equal(block, want, LEN);
}

static int show(void *context, const char *name, const char *value)
{
	buffer_addf(context, "[%s|%s]", name, value);
	return 0;
}

static void assert_variables(const char *want)
{
	struct buffer b = BUFFER_NONE;

	assert_int_equal(grub_env_each(block, LEN, show, &b), 0);
	assert_string_equal(buffer_str(&b), want);
	buffer_free(&b);
}

static void reads_variables(void **state)
{
	fill("a=1\n# x=y\nb=\nc=\\\\ \\\nd\n");
	assert_variables("[a|1][b|][c|\\ \nd]");
	fill("");
	assert_variables("");
	fill("no value\n");
	assert_variables("");
}

static int stop(void *context, const char *name, const char *value)
{
	return 7;
}

static void walk_can_be_ended(void **state)
{
	fill("a=1\nb=2\n");
	assert_int_equal(grub_env_each(block, LEN, stop, NULL), 7);
}

static void sets_in_place(void **state)
{
	fill("a=1\nb=2\n");
	assert_int_equal(grub_env_set(block, LEN, "c", "3"), 0);
	assert_block("a=1\nb=2\nc=3\n");
	assert_int_equal(grub_env_set(block, LEN, "a", "longer"), 0);
	assert_block("a=longer\nb=2\nc=3\n");
	assert_int_equal(grub_env_set(block, LEN, "a", ""), 0);
	assert_block("a=\nb=2\nc=3\n");
	assert_int_equal(grub_env_set(block, LEN, "b", "\\\n"), 0);
	assert_block("a=\nb=\\\\\\\n\nc=3\n");
	assert_variables("[a|][b|\\\n][c|3]");
}

static void unsets(void **state)
{
	fill("a=1\nbb=22\nc=3\n");
	grub_env_unset(block, LEN, "bb");
	assert_block("a=1\nc=3\n");
	grub_env_unset(block, LEN, "missing");
	assert_block("a=1\nc=3\n");
	grub_env_unset(block, LEN, "c");
	assert_block("a=1\n");
}

static void a_full_block_stays(void **state)
{
	char value[LEN];

	fill("");
	memset(value, 'x', sizeof(value));
	value[LEN - strlen(HEAD) - 3 + 1] = '\0';
	assert_int_equal(grub_env_set(block, LEN, "v", value), -ENOSPC);
	assert_block("");
	value[LEN - strlen(HEAD) - 3] = '\0';
	assert_int_equal(grub_env_set(block, LEN, "v", value), 0);
	assert_int_equal(block[LEN - 1], '\n');
	assert_int_equal(grub_env_set(block, LEN, "w", "1"), -ENOSPC);
	assert_int_equal(grub_env_set(block, LEN, "v", "short"), 0);
	assert_block("v=short\n");
	assert_int_equal(grub_env_set(block, LEN, "v", value), 0);
	grub_env_unset(block, LEN, "v");
	assert_block("");
}

static void broken_blocks_are_refused(void **state)
{
	fill("a=1");
	assert_int_equal(grub_env_set(block, LEN, "b", "2"), -ENOSPC);
	assert_variables("");
	block[3] = 'X';
	assert_false(grub_env_valid(block, LEN));
	assert_int_equal(grub_env_set(block, LEN, "b", "2"), -EINVAL);
	assert_int_equal(grub_env_each(block, LEN, show, NULL), -EINVAL);
	assert_false(grub_env_valid(block, 10));
	fill("a=1\\");
	block[LEN - 1] = '\\';
	assert_variables("");
	grub_env_unset(block, LEN, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_variables),
		cmocka_unit_test(walk_can_be_ended),
		cmocka_unit_test(sets_in_place),
		cmocka_unit_test(unsets),
		cmocka_unit_test(a_full_block_stays),
		cmocka_unit_test(broken_blocks_are_refused),
	};

	return cmocka_run_group_tests_name("grub_env", tests, NULL, NULL);
}
