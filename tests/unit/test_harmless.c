/* A boot that differs only around what it started; anything more is never called harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chain_sample.h"
#include "measure/boot/harmless.h"
#include "measure/grub/renumber.h"

#define MASK (PCR(4) | PCR(7) | PCR(8) | PCR(9) | PCR(14))

struct boots {
	struct sample *s;
	struct prediction sealed, other;
	struct event_list platform;
	struct grub_machine *then;
};

/* The sealed boot, and one with so many failed options and the disk under that number. */
static void setup(struct boots *b, unsigned failed, unsigned disk)
{
	const struct grub_disks to = { .boot = disk, .other = GRUB_NO_DISK };
	const struct boot_choice untouched = { .path = NULL };
	struct boot_facts facts;
	struct error err = ERROR_NONE;

	*b = (struct boots){ .s = sample_debian12() };
	assert_int_equal(predict(&b->s->chain, &untouched, &err, &b->sealed), 0);
	assert_int_equal(platform_with_attempts(&b->s->platform, failed, &b->platform), 0);
	facts = b->s->chain;
	facts.platform = &b->platform;
	assert_int_equal(grub_renumber(&b->s->grub, &to, &b->then), 0);
	facts.own = b->then;
	assert_int_equal(predict(&facts, &untouched, &err, &b->other), 0);
}

static void teardown(struct boots *b)
{
	prediction_free(&b->sealed);
	prediction_free(&b->other);
	event_list_free(&b->platform);
	free(b->then);
	sample_close(b->s);
}

static bool find(const struct boots *b, struct harmless *ret)
{
	return harmless_find(&b->other.events, &b->sealed.events, MASK, ret);
}

static void boot_options(void **state)
{
	struct harmless h;
	struct boots b;

	setup(&b, 3, 0);
	assert_true(find(&b, &h));
	assert_true(h.boot_options);
	assert_false(h.disks);
	assert_int_equal(h.failed, 3);
	assert_int_equal(h.failed_sealed, 1);
	teardown(&b);
}

static void disks(void **state)
{
	struct harmless h;
	struct boots b;

	setup(&b, 1, 4);
	assert_true(find(&b, &h));
	assert_false(h.boot_options);
	assert_true(h.disks);
	assert_int_equal(h.disk, 4);
	assert_int_equal(h.disk_sealed, 0);
	teardown(&b);
	setup(&b, 0, 12);
	assert_true(find(&b, &h));
	assert_true(h.boot_options && h.disks);
	teardown(&b);
}

/* Each event in turn is different, missing or one more. */
static void anything_more_is_not_harmless(void **state)
{
	struct harmless h;
	struct event *e;
	struct boots b;

	setup(&b, 1, 0);
	assert_false(find(&b, &h)); /* nothing differs */
	teardown(&b);
	setup(&b, 2, 3);
	for (size_t i = 0; i < b.other.events.n; i++) {
		e = &b.other.events.e[i];
		e->digest[0] ^= 1;
		if (find(&b, &h))
			fail_msg("event %zu (PCR %u, %s) does not count", i, e->pcr, e->what);
		e->digest[0] ^= 1;
	}
	b.other.events.n--;
	assert_false(find(&b, &h));
	b.other.events.n++;
	assert_true(find(&b, &h));
	assert_int_equal(event_list_add(&b.other.events, 8, b.other.events.e[0].type,
					b.other.events.e[0].digest, "grub_cmd: true"), 0);
	assert_false(find(&b, &h));
	teardown(&b);
}

static struct event *command_with_disk(struct event_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].kind == EVENT_COMMAND && strstr(l->e[i].what, "hd3"))
			return &l->e[i];
	fail();
	return NULL;
}

/* The text of a log proves nothing: here it is what would be harmless, over the digest of other commands. */
static void text_over_another_digest(void **state)
{
	static const char *const edited[] = { "linux /vmlinuz init=/bin/sh", "set root=hd3,gpt2 x" };
	struct harmless h;
	struct boots b;
	struct event *e;

	setup(&b, 1, 3);
	e = command_with_disk(&b.other.events);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(hash_sha256(edited[i], strlen(edited[i]), e->digest), 0);
		assert_false(find(&b, &h));
	}
	teardown(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_options),
		cmocka_unit_test(disks),
		cmocka_unit_test(anything_more_is_not_harmless),
		cmocka_unit_test(text_over_another_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
