/* The boot result: what one program writes the other one reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seal/boot_result.h"

static struct boot_result sample(void)
{
	struct boot_result r = { .command = "open",
				 .exit = 5,
				 .window = WINDOW_CLOSED,
				 .matched = true,
				 .generation = UINT32_MAX,
				 .branch = 0,
				 .differing = PCR(0) | PCR(8) | PCR(PCR_COUNT - 1) };

	error_set(&r.reason, 0, "PCR 8 (\"quoted\\\") differs");
	for (int i = TARGET_OPENED; i < TARGET_OUTCOMES && r.target_count < TARGET_MAX; i++) {
		struct boot_result_target *t = &r.target[r.target_count++];

		snprintf(t->name, sizeof(t->name), "volume%d", i);
		memcpy(t->uuid, "01234567-89ab-cdef-0123-456789abcde0", sizeof(t->uuid));
		t->uuid[sizeof(t->uuid) - 2] += i;
		t->outcome = i;
		error_set(&t->why, 0, "reason %d", i);
	}
	for (int i = 0; i < STEP_COUNT; i++)
		r.ms[i] = i == STEP_UNSEAL ? -1 : i + 0.25;
	return r;
}

static void read_back(const struct boot_result *r, struct boot_result *ret)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(boot_result_format(r, &text), 0);
	assert_null(memchr(text.data, '\n', text.len));
	if (boot_result_parse(buffer_str(&text), text.len, &err, ret) < 0)
		fail_msg("%s: %s", err.text, buffer_str(&text));
	buffer_free(&text);
}

static void everything_comes_back(void **state)
{
	struct boot_result r = sample(), back;

	read_back(&r, &back);
	assert_string_equal(back.command, "open");
	assert_int_equal(back.exit, 5);
	assert_int_equal(back.window, WINDOW_CLOSED);
	assert_string_equal(back.reason.text, r.reason.text);
	assert_true(back.matched);
	assert_int_equal(back.generation, UINT32_MAX);
	assert_int_equal(back.branch, 0);
	assert_int_equal(back.differing, r.differing);
	assert_int_equal(back.target_count, r.target_count);
	assert_int_equal(back.target_count, TARGET_MAX);
	for (size_t i = 0; i < r.target_count; i++) {
		assert_string_equal(back.target[i].name, r.target[i].name);
		assert_string_equal(back.target[i].uuid, r.target[i].uuid);
		assert_int_equal(back.target[i].outcome, r.target[i].outcome);
		assert_string_equal(back.target[i].why.text, r.target[i].why.text);
	}
	for (int i = 0; i < STEP_COUNT; i++)
		assert_true(back.ms[i] == r.ms[i]);
	/* there are more outcomes than volumes in one result */
	for (int i = TARGET_OPENED; i < TARGET_OUTCOMES; i++) {
		r.target[0].outcome = i;
		read_back(&r, &back);
		assert_int_equal(back.target[0].outcome, i);
	}
}

static void nothing_comes_back_as_nothing(void **state)
{
	struct boot_result r = { .command = "close", .window = WINDOW_NONE }, back;

	for (int i = 0; i < STEP_COUNT; i++)
		r.ms[i] = -1;
	read_back(&r, &back);
	assert_false(back.matched);
	assert_int_equal(back.window, WINDOW_NONE);
	assert_int_equal(back.target_count, 0);
	assert_string_equal(back.reason.text, "");
	assert_true(back.ms[STEP_TOTAL] < 0);
	r.window = WINDOW_OPEN;
	read_back(&r, &back);
	assert_int_equal(back.window, WINDOW_OPEN);
}

/* A run that died in between must not look like one that opened the volume. */
static void waiting_is_written_as_failed(void **state)
{
	struct boot_result r = sample(), back;

	r.target[0].outcome = TARGET_WAITING;
	snprintf(r.target[0].why.text, sizeof(r.target[0].why.text), "caf\xc3\xa9\n");
	read_back(&r, &back);
	assert_int_equal(back.target[0].outcome, TARGET_FAILED);
	assert_string_equal(back.target[0].why.text, "caf???");
}

static const char least[] = "{\"version\":1,\"exit\":0,\"window\":\"closed\",\"reason\":\"\",\"generation\":"
			    "7,\"branch\":3,\"targets\":[{\"result\":\"opened\"}],\"ms\":{\"total\":61.5}}";

/* The text with one piece of it replaced. */
static int parse_changed(const char *from, const char *to, struct boot_result *ret)
{
	char text[sizeof(least) + 64];
	const char *at = strstr(least, from);

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - least), least, to, at + strlen(from));
	return boot_result_parse(text, strlen(text), NULL, ret);
}

static void other_versions(void **state)
{
	struct boot_result r;

	assert_int_equal(parse_changed("", "", &r), 0);
	assert_true(r.matched && r.target[0].outcome == TARGET_OPENED && r.ms[STEP_TOTAL] == 61.5 &&
		    r.ms[STEP_PCRS] < 0);
	assert_int_equal(parse_changed("opened", "unheard-of", &r), 0);
	assert_int_equal(r.target[0].outcome, TARGET_FAILED);
	assert_int_equal(parse_changed("closed", "ajar", &r), 0);
	assert_int_equal(r.window, WINDOW_NONE);
	assert_int_equal(parse_changed("\"branch\":3", "\"branch\":null", &r), 0);
	assert_false(r.matched);
	assert_int_equal(parse_changed("61.5", "null", &r), 0);
	assert_true(r.ms[STEP_TOTAL] < 0);
}

static void what_is_no_result(void **state)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "\"version\":1", "\"version\":2" },
		{ "\"version\":1,", "" },
		{ "\"exit\":0", "\"exit\":256" },
		{ "\"exit\":0", "\"exit\":-1" },
		{ "\"reason\":\"\",", "" },
		{ "\"window\":\"closed\",", "" },
		{ "\"branch\":3,", "" },
		{ "\"branch\":3", "\"branch\":\"3\"" },
		{ "\"total\"", "\"all\"" },
		{ "\"result\"", "\"r\"" },
		{ "{\"total\":61.5}", "7" },
		{ "[{", "{" },
		{ "opened", "this-is-longer-than-a-word" },
	};
	struct boot_result r = { .exit = 77 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_changed(bad[i].from, bad[i].to, &r) != -EBADMSG || r.exit != 77)
			fail_msg("taken: %s in place of %s", bad[i].to, bad[i].from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(nothing_comes_back_as_nothing),
		cmocka_unit_test(waiting_is_written_as_failed),
		cmocka_unit_test(other_versions),
		cmocka_unit_test(what_is_no_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
