/*
 * Every recorded configuration, evaluated and compared with what the real signed GRUB measured, event by
 * event: those of tests/grub, and those of ../shared (or BOOTSEAL_SHARED) where that is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "grub_case.h"

#define MAX_TESTS 512

struct replay {
	char dir[600];
	char expected[640];
	bool kernels_recorded; /* with a kernel and an initrd that are not those of tests/grub/common */
	enum grub_version version;
};

static struct replay replays[MAX_TESTS + 1];
static struct CMUnitTest tests[MAX_TESTS + 1];
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
	struct grub_case *c = case_open(r->dir, r->version);
	struct buffer got = BUFFER_NONE, want = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct boot_trace result;
	size_t i;

	assert_int_equal(file_read(r->expected, 1 << 20, &err, &want), 0);
	if (r->kernels_recorded)
		case_take_kernels(c, buffer_str(&want));
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

static size_t add_test(const char *dir, const char *expected, enum grub_version version, size_t n)
{
	struct replay *r = &replays[n];

	snprintf(r->dir, sizeof(r->dir), "%s", dir);
	snprintf(r->expected, sizeof(r->expected), "%s/%s", dir, expected);
	r->version = version;
	if (n >= MAX_TESTS || access(r->expected, R_OK))
		return n;
	snprintf(names[n], sizeof(names[n]), "%.140s.%d", strrchr(dir, '/') + 1, (int)version);
	tests[n] = (struct CMUnitTest){ .name = names[n], .test_func = replay, .initial_state = r };
	return n + 1;
}

/* Each folder of the parent that has expectations. */
static size_t add_tests(const char *parent, size_t n)
{
	struct dirent **found;
	int count = scandir(parent, &found, NULL, alphasort);
	char dir[600];

	for (int i = 0; i < count; i++) {
		snprintf(dir, sizeof(dir), "%s/%s", parent, found[i]->d_name);
		if (found[i]->d_name[0] != '.') {
			n = add_test(dir, "expected.206", GRUB_2_06, n);
			n = add_test(dir, "expected.212", GRUB_2_12, n);
		}
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	return n;
}

/* Other people's recordings are not copied into the tree. */
static size_t add_shared(size_t n)
{
	const char *shared = getenv("BOOTSEAL_SHARED") ? getenv("BOOTSEAL_SHARED") : "../shared";
	size_t before = n;
	char dir[200];

	snprintf(dir, sizeof(dir), "%s/cases/grub", shared);
	n = add_tests(dir, n);
	snprintf(dir, sizeof(dir), "%s/ubuntu-grub/cases/k1-debian12-mkconfig", shared);
	n = add_test(dir, "d12/expected", GRUB_2_06, n);
	for (size_t i = before; i < n; i++)
		replays[i].kernels_recorded = true;
	if (n == before)
		fprintf(stderr, "grub_replay: %s has no recordings; only those of the tree were replayed\n",
			shared);
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
	static size_t recorded;
	size_t n;

	recorded = add_tests("tests/grub", 0);
	n = add_shared(recorded);
	tests[n] = (struct CMUnitTest){ .name = "recorded_enough", .test_func = recorded_enough,
		.initial_state = &recorded };
	return _cmocka_run_group_tests("grub_replay", tests, n + 1, NULL, NULL);
}
