/* Which words may stand on a command line that is sealed without the administrator's word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "machine/trust/vouch_cmdline.h"

static struct buffer words_of(const char *text)
{
	struct buffer b = BUFFER_NONE;

	buffer_add_str(&b, text);
	assert_true(buffer_ok(&b));
	return b;
}

static void known_words(void **state)
{
	struct buffer words = words_of(
		"ro quiet\nGRUB_CMDLINE_LINUX=\"console=ttyS0 panic=1\"\n/vmlinuz root=LABEL=x ro\n");
	struct error err = ERROR_NONE;

	assert_int_equal(vouch_cmdline(&words, "BOOT_IMAGE=/vmlinuz-1 root=LABEL=x ro console=ttyS0 panic=1",
				       &err),
			 0);
	assert_int_equal(vouch_cmdline(&words, "root=LABEL=x ro init=/bin/sh", &err), -EPERM);
	assert_non_null(strstr(err.text, "it has 'init=/bin/sh'"));
	assert_int_equal(vouch_cmdline(&words, "root=LABEL=x ro panic=10", &err), -EPERM);
	/* the beginning and the end of a known word */
	assert_int_equal(vouch_cmdline(&words, "root=LABEL=x ro console=ttyS", &err), -EPERM);
	assert_int_equal(vouch_cmdline(&words, "root=LABEL=x ro uiet", &err), -EPERM);
	assert_int_equal(vouch_cmdline(&words, "root=LABEL=y ro", &err), -EPERM);
	assert_int_equal(vouch_cmdline(&words, "ro quiet", &err), -EPERM);
	assert_non_null(strstr(err.text, "no root file system"));
	buffer_free(&words);
}

/* grub-mkconfig says the one or the other, by what udev has made: neither is news */
static void names_of_the_root(void **state)
{
	static const char *const good[] = { "root=UUID=ecf121dc-5f42-4b87-b901-bb363b4ed60e ro",
					    "root=/dev/mapper/cryptroot ro", "root=UUID=1A2B-3C4D" };
	static const char *const bad[] = {
		"root=/dev/nfs",           "root=UUID=",       "root=/dev/mapper/",
		"root=/dev/mapper/../nfs", "root=UUID=ecf1;x", "root=UUID=1 root=/dev/nfs",
		"root=nbd:1.2.3.4",        "root=/dev/vda2",   "xroot=UUID=1"
	};
	struct buffer words = words_of("ro\n");
	struct error err = ERROR_NONE;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (vouch_cmdline(&words, good[i], &err) < 0)
			fail_msg("%s: %s", good[i], err.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (vouch_cmdline(&words, bad[i], &err) != -EPERM)
			fail_msg("%s is accepted", bad[i]);
	buffer_free(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_words),
					    cmocka_unit_test(names_of_the_root) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
