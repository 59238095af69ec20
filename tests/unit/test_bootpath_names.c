/* What names and words of an entry say: a kernel's release, a command line that gives a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "measure/boot/bootpath_names.h"

static void words_that_give_a_shell(void **state)
{
	static const char *const bad[] = { "ro single",
					   "init=/bin/sh",
					   "ro quiet init=/bin/bash",
					   "break",
					   "ro break=mount",
					   "rescue",
					   "emergency",
					   "systemd.unit=rescue.target",
					   "s",
					   "1",
					   "rdinit=/bin/sh",
					   "\"init=/bin/sh\"",
					   "ro\tsingle",
					   "systemd.debug-shell=1",
					   "-b" };
	static const char *const good[] = { "",
					    "root=/dev/mapper/single ro quiet",
					    "ro quiet init=/sbin/init",
					    "splash singles",
					    "breakage=1",
					    "root=UUID=1 ro",
					    "init=/lib/systemd/systemd" };
	const char *word;
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!cmdline_gives_root_shell(bad[i], &word, &n))
			fail_msg("`%s' was let through", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (cmdline_gives_root_shell(good[i], &word, &n))
			fail_msg("`%s' was refused", good[i]);
	assert_true(cmdline_gives_root_shell("quiet init=/bin/sh ro", &word, &n));
	assert_int_equal(n, strlen("init=/bin/sh"));
	assert_memory_equal(word, "init=/bin/sh", n);
}

static void releases(void **state)
{
	assert_string_equal(kernel_release("(hd0,gpt2)/vmlinuz-6.1.0-56-amd64"), "6.1.0-56-amd64");
	assert_string_equal(kernel_release("(hd0,gpt2)/boot/vmlinuz-6.1"), "6.1");
	assert_string_equal(kernel_release("(hd0,gpt2)/linux"), "");
	assert_string_equal(kernel_release(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_give_a_shell),
		cmocka_unit_test(releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
