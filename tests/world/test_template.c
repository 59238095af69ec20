/*
 * A machine becomes a template: what is copied from its disk then holds no key of bootseal's, and unlocks
 * nothing.
 */
#include "program_steps.h"

/* Files below these that are not what every machine has. */
static void is_clean(struct world *w)
{
	assert_int_equal(world_keyslots(w), 1);
	world_shell(w, "! find etc/bootseal var/lib/bootseal -type f | grep . && "
		       "! cryptsetup luksDump dev/vda3 | grep -i bootseal");
}

static void nothing_is_left(void **state)
{
	struct world *w = *state;

	run_says(w, 0, "bootseal enroll --recovery-key --key-file /key", "Next boot");
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	assert_int_equal(world_keyslots(w), 3);
	world_shell(w, "printf wrong >wrong");
	run_says(w, 5, "bootseal remove --image --key-file /wrong", "");
	assert_int_equal(world_keyslots(w), 3);
	run_says(w, 2, "bootseal remove --key-file /key", "--help");
	run_says(w, 2, "bootseal remove --image --volume x", "--help");
	run_says(w, 0, "bootseal remove --image --key-file /key",
		 "Nothing of bootseal's keys is left on this disk");
	assert_non_null(strstr(w->output, "Removed: the recovery key."));
	is_clean(w);
	assert_true(world_passphrase_works(w));
	assert_int_equal(world_boot(w, NULL), WORLD_NOT_ENROLLED);
	/* again, and on a machine that never was enrolled */
	run_says(w, 0, "bootseal remove --image --key-file /key", "Nothing of bootseal's keys");
	is_clean(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { program_test(nothing_is_left) };

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
