/* What the firmware did before the first image: only failed boot options are ever added or taken away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "measure/boot/platform.h"
#include "measure/log/tcg.h"

static void add_digest_of(struct event_list *l, uint32_t type, const char *what, const void *data, size_t n)
{
	uint8_t digest[SHA256_LEN];

	assert_int_equal(hash_sha256(data, n, digest), 0);
	assert_int_equal(event_list_add(l, 4, type, digest, what), 0);
}

static void add(struct event_list *l, const char *text)
{
	add_digest_of(l, EV_EFI_ACTION, text, text, strlen(text));
}

static void add_separator(struct event_list *l)
{
	add_digest_of(l, EV_SEPARATOR, "separator", EV_SEPARATOR_DATA, EV_SEPARATOR_LEN);
}

static void add_image(struct event_list *l)
{
	add_digest_of(l, EV_EFI_BOOT_SERVICES_APPLICATION, "tool.efi", "tool", 4);
}

/* As EDK2 does it: the separators come after the first call. */
static void make(struct event_list *l, unsigned failed, bool tool)
{
	*l = EVENT_LIST_NONE;
	add(l, EFI_ACTION_CALLING);
	add_separator(l);
	if (tool)
		add_image(l);
	for (unsigned i = 0; i < failed; i++) {
		add(l, EFI_ACTION_RETURNING);
		add(l, EFI_ACTION_CALLING);
	}
}

static void same(const struct event_list *a, const struct event_list *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->e[i].type, b->e[i].type);
		assert_memory_equal(a->e[i].digest, b->e[i].digest, SHA256_LEN);
	}
}

static void each_number_from_each(void **state)
{
	struct event_list from, to, made = EVENT_LIST_NONE;
	unsigned counted;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 4; k++) {
			make(&from, i, false);
			make(&to, k, false);
			assert_int_equal(platform_attempts(&from, &counted), 0);
			assert_int_equal(counted, i);
			assert_int_equal(platform_with_attempts(&from, k, &made), 0);
			same(&made, &to);
			event_list_free(&from);
			event_list_free(&to);
			event_list_free(&made);
		}
	make(&from, 0, false);
	assert_int_equal(platform_with_attempts(&from, PLATFORM_ATTEMPTS_MAX + 1, &made), -EOPNOTSUPP);
	event_list_free(&from);
}

/* An application that ran and returned is never part of what is made. */
static void no_application_is_carried_over(void **state)
{
	struct event_list from, to, made = EVENT_LIST_NONE;
	unsigned counted;

	make(&from, 1, true);
	make(&to, 2, false);
	assert_int_equal(platform_attempts(&from, &counted), -EOPNOTSUPP);
	assert_int_equal(platform_with_attempts(&from, 2, &made), 0);
	same(&made, &to);
	event_list_free(&from);
	event_list_free(&to);
	event_list_free(&made);
}

static void is_refused(struct event_list *l)
{
	struct event_list made = EVENT_LIST_NONE;
	unsigned counted;

	assert_int_equal(platform_attempts(l, &counted), -EOPNOTSUPP);
	assert_int_equal(platform_with_attempts(l, 1, &made), -EOPNOTSUPP);
	event_list_free(l);
}

static void other_forms_are_left_alone(void **state)
{
	struct event_list l;

	/* the text of an action over the digest of something else */
	make(&l, 1, false);
	l.e[2].digest[0] ^= 1;
	is_refused(&l);
	/* unknown action; unknown event; one call too few; a separator that reports an error */
	make(&l, 0, false);
	add(&l, "Entering ROM Based Setup");
	is_refused(&l);
	make(&l, 0, false);
	add_digest_of(&l, EV_COMPACT_HASH, "x", "x", 1);
	is_refused(&l);
	make(&l, 1, false);
	add(&l, EFI_ACTION_RETURNING);
	is_refused(&l);
	make(&l, 0, false);
	add_digest_of(&l, EV_SEPARATOR, "separator", "\1\0\0\0", 4);
	is_refused(&l);
}

/*
 * Firmware that measures no attempts: some PCs, coreboot, Azure's older virtual machines. One that fails
 * leaves nothing behind there, so there is nothing to vary.
 */
static void no_actions_no_variants(void **state)
{
	struct event_list l = EVENT_LIST_NONE;

	is_refused(&l);
	add_separator(&l);
	is_refused(&l);
	/* PC Client Platform Firmware Profile, 3.3.4.5 */
	add_digest_of(&l, EV_OMIT_BOOT_DEVICE_EVENTS, "omitted", "BOOT ATTEMPTS OMITTED", 21);
	add_separator(&l);
	is_refused(&l);
	/* half of an attempt */
	add_separator(&l);
	add(&l, EFI_ACTION_RETURNING);
	is_refused(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_from_each),
		cmocka_unit_test(no_application_is_carried_over),
		cmocka_unit_test(other_forms_are_left_alone),
		cmocka_unit_test(no_actions_no_variants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
