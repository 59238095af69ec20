/* Which numbers of failed boot options are covered, and what of a boot is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/forecast_order.h"
#include "machine/forecast_platform.h"
#include "measure/log/tcg.h"
#include "tree.h"

static void add(struct event_list *l, uint32_t type, const char *text, size_t n)
{
	uint8_t digest[SHA256_LEN];

	assert_int_equal(hash_sha256(text, n, digest), 0);
	assert_int_equal(event_list_add(l, 4, type, digest, type == EV_EFI_ACTION ? text : "other"), 0);
}

static struct event_list boot_with(unsigned failed)
{
	struct event_list first = EVENT_LIST_NONE, l = EVENT_LIST_NONE;

	add(&first, EV_EFI_ACTION, EFI_ACTION_CALLING, strlen(EFI_ACTION_CALLING));
	add(&first, EV_SEPARATOR, EV_SEPARATOR_DATA, EV_SEPARATOR_LEN);
	assert_int_equal(platform_with_attempts(&first, failed, &l), 0);
	event_list_free(&first);
	return l;
}

/* "1 0 2": the form that comes first, then the others. */
static void forms(const struct event_list *logged, const struct attempts *seen, bool trusted,
		  const char *want, struct forecast *f)
{
	struct platforms p;
	char have[64] = "";
	unsigned n;
	size_t at = 0;

	*f = FORECAST_NONE;
	assert_int_equal(platforms_find(logged, seen, trusted, f, &p), 0);
	if (platform_attempts(&p.first, &n) == 0)
		at += snprintf(have, sizeof(have), "%u", n);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(platform_attempts(&p.other[i].events, &n), 0);
		at += snprintf(have + at, sizeof(have) - at, " %u", n);
	}
	assert_string_equal(have, want);
	platforms_free(&p);
	platforms_free(&p);
}

static void in_number(unsigned failed, const struct attempts *seen, bool trusted, const char *want,
		      const struct attempts *kept, bool warns)
{
	struct event_list l = boot_with(failed);
	struct forecast f;

	forms(&l, seen, trusted, want, &f);
	assert_int_equal(f.attempts.n, kept->n);
	for (size_t i = 0; i < kept->n; i++)
		assert_int_equal(f.attempts.failed[i], kept->failed[i]);
	assert_int_equal(f.warning_count, warns);
	forecast_free(&f);
	event_list_free(&l);
}

#define SEEN(...) (&(const struct attempts){ .failed = { __VA_ARGS__ }, \
					     .n = sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned) })
static const struct attempts nothing;

static void trusted_boots_are_remembered(void **state)
{
	in_number(0, &nothing, true, "0 1", SEEN(0), false);
	in_number(1, &nothing, true, "1 0 2", SEEN(1), false);
	in_number(2, SEEN(1), true, "2 0 1 3", SEEN(2, 1), false);
	in_number(1, SEEN(2, 1), true, "1 0 2 3", SEEN(1, 2), false);
	in_number(4, SEEN(1, 2, 3), true, "4 0 1 2 5", SEEN(4, 1, 2), false);
	in_number(PLATFORM_ATTEMPTS_MAX, &nothing, true, "8 0", SEEN(8), false);
}

/* What an untrusted boot did is not covered by it: what was sealed stays as it is. */
static void other_boots_change_nothing(void **state)
{
	in_number(5, SEEN(1), false, "1 0 2", SEEN(1), true);
	in_number(2, SEEN(1), false, "2 0 1", SEEN(1), false);
	in_number(0, SEEN(1), false, "0 1 2", SEEN(1), false);
	in_number(1, &nothing, false, "1 0 2", &nothing, false);
}

/* An application that ran first is sealed only as part of a trusted boot as it was, and never varied. */
static void an_application_first(void **state)
{
	struct event_list l = boot_with(0);
	struct forecast f;

	add(&l, EV_EFI_BOOT_SERVICES_APPLICATION, "tool", 4);
	add(&l, EV_EFI_ACTION, EFI_ACTION_RETURNING, strlen(EFI_ACTION_RETURNING));
	add(&l, EV_EFI_ACTION, EFI_ACTION_CALLING, strlen(EFI_ACTION_CALLING));
	forms(&l, SEEN(1), true, " 0 1 2", &f);
	assert_int_equal(f.attempts.n, 1);
	forecast_free(&f);
	forms(&l, SEEN(1), false, "1 0 2", &f);
	forecast_free(&f);
	event_list_free(&l);
}

static void write_variable(const struct tree *t, const char *name, const void *data, size_t n)
{
	struct buffer b = BUFFER_NONE;
	char path[128];

	snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		 name);
	buffer_add(&b, "\7\0\0\0", 4);
	buffer_add(&b, data, n);
	tree_write(t, path, b.data, b.len);
	buffer_free(&b);
}

/* What the warning says, for a boot in which so many failed; NULL: none. */
static const char *order_warning(const struct tree *t, unsigned failed)
{
	static char why[512];
	struct forecast f = { .attempts = { .failed = { failed }, .n = 1 } };

	assert_int_equal(forecast_warn_order(&t->machine, failed, platforms_cover, &f), 0);
	snprintf(why, sizeof(why), "%s", f.warning_count > 0 ? f.warning[0].why : "");
	forecast_free(&f);
	return why[0] ? why : NULL;
}

/* Boot000A is ours; an option that is off, an application and one that is gone are not tried. */
static void started_from_the_menu(void **state)
{
	struct tree t;

	tree_make(&t);
	assert_null(order_warning(&t, 0));
	write_variable(&t, "BootCurrent", "\x0a\0", 2);
	write_variable(&t, "BootOrder", "\x0a\0\1\0", 4);
	write_variable(&t, "Boot0001", "\1\0\0\0", 4);
	assert_null(order_warning(&t, 0));
	write_variable(&t, "BootOrder", "\1\0\x0a\0", 4);
	assert_non_null(strstr(order_warning(&t, 0), "1 boot option(s) come before Boot000A"));
	assert_non_null(strstr(order_warning(&t, 0), "this system will unlock"));
	/* it failed, as the log has it: this is the ordinary way */
	assert_null(order_warning(&t, 1));
	write_variable(&t, "BootOrder", "\1\0\2\0\3\0\4\0\x0a\0", 10);
	write_variable(&t, "Boot0002", "\0\0\0\0", 4);
	write_variable(&t, "Boot0003", "\1\1\0\0", 4);
	assert_non_null(strstr(order_warning(&t, 0), "1 boot option(s) come before Boot000A"));
	write_variable(&t, "Boot0002", "\1\0\0\0", 4);
	assert_non_null(strstr(order_warning(&t, 0), "2 boot option(s) come before Boot000A"));
	assert_non_null(strstr(order_warning(&t, 0), "will ask for the passphrase"));
	/* not in the order at all */
	write_variable(&t, "BootOrder", "\1\0", 2);
	assert_null(order_warning(&t, 0));
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusted_boots_are_remembered),
		cmocka_unit_test(other_boots_change_nothing),
		cmocka_unit_test(an_application_first),
		cmocka_unit_test(started_from_the_menu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
