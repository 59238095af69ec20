/*
 * Every recorded configuration, evaluated and compared with what the real signed GRUB measured, event by
 * event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "grub_case.h"

#define MAX_TESTS 512

struct replay {
	char name[128];
	enum grub_version version;
};

static struct replay replays[MAX_TESTS];
static struct CMUnitTest tests[MAX_TESTS];
static char names[MAX_TESTS][160];

static void compare(const char *got, const char *want)
{
	unsigned line = 1;
	size_t n, m;

	while (*got || *want) {
		n = strcspn(got, "\n");
		m = strcspn(want, "\n");
		if (n != m || memcmp(got, want, n))
			fail_msg("event %u differs\n  GRUB:  %.*s\n  model: %.*s", line, (int)m, want, (int)n,
				 got);
		got += n + (got[n] == '\n');
		want += m + (want[m] == '\n');
		line++;
	}
}

static void replay(void **state)
{
	const struct replay *r = *state;
	struct grub_case *c = case_open(r->name, r->version);
	struct buffer got = BUFFER_NONE, want = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct boot_trace result;
	char expected[256];
	size_t i;

	snprintf(expected, sizeof(expected), "tests/grub/%s/expected.%d", r->name, (int)r->version);
	assert_int_equal(file_read(expected, 1 << 20, &err, &want), 0);
	if (grub_evaluate(&c->machine, &c->choice, &err, &result) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < result.events.n; i++)
		case_event_line(&result.events.e[i], &got);
	compare(buffer_str(&got), buffer_str(&want));
	assert_int_equal(result.outcome, BOOT_LINUX);
	boot_trace_free(&result);
	buffer_free(&got);
	buffer_free(&want);
	case_close(c);
}

static size_t add_tests(const char *name, size_t n)
{
	static const enum grub_version versions[] = { GRUB_2_06, GRUB_2_12 };
	char path[256];
	size_t i;

	for (i = 0; i < 2 && n < MAX_TESTS; i++) {
		snprintf(path, sizeof(path), "tests/grub/%s/expected.%d", name, (int)versions[i]);
		if (access(path, R_OK))
			continue;
		snprintf(replays[n].name, sizeof(replays[n].name), "%s", name);
		replays[n].version = versions[i];
		snprintf(names[n], sizeof(names[n]), "%s.%d", name, (int)versions[i]);
		tests[n] = (struct CMUnitTest){ .name = names[n],
						.test_func = replay,
						.initial_state = &replays[n] };
		n++;
	}
	return n;
}

/* A lost directory must not pass as success. */
static void recorded_enough(void **state)
{
	size_t n = *(size_t *)*state;

	assert_true(n >= 2);
}

int main(void)
{
	struct dirent **found;
	int count = scandir("tests/grub", &found, NULL, alphasort), i;
	size_t n = 0;

	for (i = 0; i < count; i++) {
		if (found[i]->d_name[0] != '.')
			n = add_tests(found[i]->d_name, n);
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	static size_t recorded;

	recorded = n;
	tests[n] = (struct CMUnitTest){ .name = "recorded_enough", .test_func = recorded_enough,
		.initial_state = &recorded };
	return _cmocka_run_group_tests("grub_replay", tests, n + 1, NULL, NULL);
}
