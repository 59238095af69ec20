/* Which numbers of failed boot options are covered, and what of a boot is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/forecast_platform.h"
#include "measure/log/tcg.h"

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
static void forms(const struct event_list *logged, const struct attempts *seen, bool trusted, const char *want,
		  struct forecast *f)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusted_boots_are_remembered),
		cmocka_unit_test(other_boots_change_nothing),
		cmocka_unit_test(an_application_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
