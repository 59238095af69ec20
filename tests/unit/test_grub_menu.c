/* GRUB's menu as a tree, and entries of it that a person chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "grub_memory.h"

static struct memory memory;
static struct error err;

static const char menus[] =
	"set timeout=5\nset default=two\nmenuentry One { linux /vmlinuz one; }\n"
	"menuentry Two --id two { linux /vmlinuz two; }\n"
	"submenu More --id 'm>x' { menuentry In { linux /vmlinuz in; }\nmenuentry Same { linux /vmlinuz s1; "
	"}\n"
	"menuentry Same { linux /vmlinuz s2; }\nsubmenu Deep { menuentry D { linux /vmlinuz d; }\n }\n}\n";

static void chosen(const char *path, const char *cmdline)
{
	struct boot_trace r;

	assert_int_equal(memory_evaluate(&memory, menus, path, &err, &r), 0);
	assert_int_equal(r.outcome, BOOT_LINUX);
	assert_string_equal(r.cmdline, cmdline);
	boot_trace_free(&r);
}

static void menu_is_a_tree(void **state)
{
	struct boot_menu menu;
	struct boot_entry *more;

	memory_init(&memory, GRUB_2_06, menus, strlen(menus));
	memory_add(&memory, "/vmlinuz", "kernel", 6);
	assert_int_equal(grub_list_menu(&memory.machine, &err, &menu), 0);
	assert_int_equal(menu.entry_count, 3);
	assert_string_equal(menu.default_path, "two");
	assert_string_equal(menu.entries[0].path, "One");
	more = &menu.entries[2];
	assert_true(more->submenu);
	assert_string_equal(more->path, "m>>x");
	assert_int_equal(more->entry_count, 4);
	assert_string_equal(more->entries[2].path, "m>>x>2");
	assert_string_equal(more->entries[3].entries[0].path, "m>>x>Deep>D");
	boot_menu_free(&menu);
	boot_menu_free(&menu);
}

static void entries_can_be_chosen(void **state)
{
	chosen(NULL, "BOOT_IMAGE=/vmlinuz two");
	chosen("One", "BOOT_IMAGE=/vmlinuz one");
	chosen("m>>x>In", "BOOT_IMAGE=/vmlinuz in");
	chosen("m>>x>2", "BOOT_IMAGE=/vmlinuz s2");
	chosen("More>Deep>D", "BOOT_IMAGE=/vmlinuz d");
}

static void choices_can_be_wrong(void **state)
{
	static const char quick[] = "set timeout=0\nmenuentry One { linux /vmlinuz one; }\n";
	struct boot_choice forced = { .path = "One", .force_menu = true };
	struct boot_trace r;

	assert_int_equal(memory_evaluate(&memory, menus, "Three", &err, &r), -ENOENT);
	assert_non_null(strstr(err.text, "'Three'"));
	assert_int_equal(memory_evaluate(&memory, quick, "One", &err, &r), -EAGAIN);
	assert_non_null(strstr(err.text, "timeout is 0"));
	assert_int_equal(grub_evaluate(&memory.machine, &forced, &err, &r), 0);
	assert_string_equal(r.entry, "One");
	boot_trace_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(menu_is_a_tree),
		cmocka_unit_test(entries_can_be_chosen),
		cmocka_unit_test(choices_can_be_wrong),
	};

	return cmocka_run_group_tests_name("grub_menu", tests, NULL, NULL);
}
