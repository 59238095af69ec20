/* Boot paths in rows for people: one kernel's together, as long as the same is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "machine/forecast_groups.h"

#define NEW "Linux 6.1.0-56-amd64"
#define OLD "Linux 6.1.0-55-amd64"

/* expected: "first:count:more" of each group, with newlines between them */
static void expect(const struct path_said *path, size_t n, const char *expected)
{
	struct path_group group[BRANCH_MAX];
	char text[4096] = "";
	size_t at = 0, count = path_groups_make(path, n, group);

	for (size_t i = 0; i < count; i++)
		at += snprintf(text + at, sizeof(text) - at, "%s%zu:%zu:%s", i > 0 ? "\n" : "",
			       group[i].first, group[i].count, group[i].more);
	assert_string_equal(text, expected);
}

static void alone(void **state)
{
	expect(&(struct path_said){ NEW " (default)", true, "" }, 1, "0:1:");
	expect(NULL, 0, "");
	expect(&(struct path_said){ "no parentheses", true, "" }, 1, "0:1:");
	expect(&(struct path_said){ "()", true, "" }, 1, "0:1:");
	expect(&(struct path_said){ "", true, "" }, 1, "0:1:");
}

static void of_one_kernel(void **state)
{
	const struct path_said path[] = {
		{ NEW " (default)", true, "" },
		{ NEW " (default, boot disk as hd1)", true, "" },
		{ NEW " (from the menu)", true, "" },
		{ OLD " (from the menu)", true, "" },
		{ NEW " (default, 1 boot option failed first)", true, "" },
		{ OLD " (from the menu, boot disk as hd1)", true, "" },
		{ NEW " (from the menu, boot disk as hd1)", true, "" },
	};

	expect(path, 7, "0:5:4 more ways: boot disk as hd1, from the menu, 1 boot option failed first, "
			"or several of these\n"
			"3:2:1 more way: boot disk as hd1");
	expect(path, 3, "0:3:2 more ways: boot disk as hd1, from the menu");
}

/* A path that asks is not hidden behind one that unlocks, nor behind one that asks for another reason. */
static void of_which_something_else_is_said(void **state)
{
	const struct path_said path[] = {
		{ NEW " (default)", true, "" },
		{ NEW " (from the menu)", false, "PCR 9 (files)" },
		{ NEW " (default, boot disk as hd1)", true, "" },
		{ NEW " (from the menu, boot disk as hd1)", false, "PCR 9 (files)" },
		{ NEW " (from the menu, boot disk as hd2)", false, "PCR 8 (commands)" },
	};
	const struct path_said unknown[] = {
		{ NEW " (default)", true, "" },
		{ NEW " (from the menu)", false, "" },
	};

	expect(unknown, 2, "0:1:\n1:1:");
	expect(path, 5, "0:2:1 more way: boot disk as hd1\n1:2:1 more way: boot disk as hd1\n4:1:");
}

/* An entry's title may have parentheses of its own. */
static void titles(void **state)
{
	const struct path_said path[] = {
		{ "Windows (on sda1) (from the menu)", true, "" },
		{ "Windows (on sda2) (from the menu)", true, "" },
		{ "Windows (on sda1) (from the menu, boot disk as hd1)", true, "" },
		{ "Windows (on sda1)", true, "" },
	};

	expect(path, 4, "0:2:1 more way: boot disk as hd1\n1:1:\n3:1:");
	assert_int_equal(path_name_len(path[0].label), strlen("Windows (on sda1)"));
	assert_int_equal(path_name_len("Linux"), strlen("Linux"));
	assert_int_equal(path_name_len(""), 0);
}

static void more_than_fit(void **state)
{
	struct path_said path[BRANCH_MAX + 1];
	char label[BRANCH_MAX + 1][128];
	struct path_group group[BRANCH_MAX];

	for (size_t i = 0; i <= BRANCH_MAX; i++) {
		snprintf(label[i], sizeof(label[i]), NEW " (default, a word as long as this, number %zu)", i);
		path[i] = (struct path_said){ label[i], true, "" };
	}
	assert_int_equal(path_groups_make(path, BRANCH_MAX + 1, group), 1);
	assert_int_equal(group[0].count, BRANCH_MAX);
	assert_true(strlen(group[0].more) < sizeof(group[0].more));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(of_one_kernel),
		cmocka_unit_test(of_which_something_else_is_said),
		cmocka_unit_test(titles),
		cmocka_unit_test(more_than_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
