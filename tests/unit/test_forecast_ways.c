/* Other ways to a prompt or a shell than the boot path itself: they are warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "machine/forecast_ways.h"
#include "forecast_run.h"

static void other_ways_and_pending_requests_are_warned_of(void **state)
{
	struct run r;
	struct tree t;

	make_enrolled(&t);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/dropbear", "");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "dropbear-initramfs"));
	assert_int_equal(r.f.warning_count, 1);
	assert_false(r.f.pending);
	run_end(&r);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/clevis", "");
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/mandos", "");
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/tinyssh", "");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "clevis-initramfs"));
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "mandos-client"));
	assert_int_equal(r.f.warning_count, 4);
	run_end(&r);
	tree_write_text(&t, "/sys/firmware/efi/efivars/MokNew-605dab50-e046-4300-abb6-3dd810dd8b23", "\a");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_non_null(note_of(r.f.warning, r.f.warning_count, "a key to be enrolled (mokutil)"));
	assert_true(r.f.pending);
	run_end(&r);
	tree_remove(&t);
}

static void empty_password_is_warned_of(void **state)
{
	static const struct {
		const char *shadow;
		bool warned;
	} files[] = {
		{ "root::19000:0:99999:7:::\n", true },
		{ "daemon:*:19000:0:99999:7:::\nbroken\nroot::19000::::::\n", true },
		{ "root:*:19000:0:99999:7:::\ndaemon::19000:0:99999:7:::\n", false },
		{ "root:!:19000:0:99999:7:::\n", false },
		{ "root:$y$j9T$abc$def:19000:0:99999:7:::\n", false },
		{ "", false },
	};
	struct run r;
	struct tree t;

	make_enrolled(&t);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tree_write_text(&t, "/etc/shadow", files[i].shadow);
		run_start(&r, &t, TRUST_VOUCHED);
		if ((r.f.warning_count == 1) != files[i].warned)
			fail_msg("%s: %zu warnings", files[i].shadow, r.f.warning_count);
		if (files[i].warned)
			assert_non_null(note_of(r.f.warning, 1, "root's password is empty (/etc/shadow)"));
		run_end(&r);
	}
	tree_remove(&t);
}

static void panic_on_the_command_line(void **state)
{
	assert_true(forecast_restarts("root=/dev/x ro panic=30"));
	assert_true(forecast_restarts("panic=-1 ro"));
	assert_true(forecast_restarts("xpanic=3 panic= panic=5"));
	assert_false(forecast_restarts("root=/dev/x ro quiet"));
	assert_false(forecast_restarts("root=/dev/x panic= ro"));
	assert_false(forecast_restarts("oops=panic kernel.panic=3 ro"));
	assert_false(forecast_restarts(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_ways_and_pending_requests_are_warned_of),
		cmocka_unit_test(empty_password_is_warned_of),
		cmocka_unit_test(panic_on_the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
