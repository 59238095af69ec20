/* A whole machine, from enrolment on, in the order in which things happen to it. */
#include "world.h"

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_new(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

#define ok(call)                                                                             \
	do {                                                                                 \
		int r_ = (call);                                                             \
		if (r_ != 0)                                                                 \
			fail_msg("%s: %d (%s): %s", #call, r_, strerror(-r_), w->err.text); \
	} while (0)

static void boots(struct world *w, const char *entry, int expected)
{
	int code = world_boot(w, entry);

	if (code != expected)
		fail_msg("%s: exit code %d instead of %d: %s", entry ? entry : "default", code, expected, w->output ? w->output : "");
}

static void enroll_and_boot(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	assert_true(w->report.default_covered);
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(enroll_and_boot, setup, teardown),
	};

	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
