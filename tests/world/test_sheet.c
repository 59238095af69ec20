/* `recovery-key --sheet`, beside stories/recovery-sheet.story: on what kind of file system its file is. */
#include "program_steps.h"

#define MAKE "bootseal recovery-key --key-file /key --sheet /srv/sheet.pdf"
#define WARNING "/srv/sheet.pdf: it lies on a disk"

static int setup(void **state)
{
	int r = program_setup(state);

	world_shell(*state, "mkdir -p srv");
	return r;
}

static void on_a_disk(void **state)
{
	struct world *w = *state;

	/* /var/tmp is kept over a restart (FHS 3.0, 5.15), so it is no tmpfs */
	program_amid("dir=$(mktemp -d /var/tmp/bootseal-sheet-XXXXXX) && mount --bind \"$dir\" srv",
		     "umount srv; test -f \"$dir/sheet.pdf\" || code=99; rm -r \"$dir\"");
	run_says(w, 0, MAKE, WARNING);
	program_amid(NULL, NULL);
}

static void in_memory(void **state)
{
	struct world *w = *state;

	program_amid("mount -t tmpfs none srv", NULL);
	run_says(w, 0, MAKE, "the recovery key is on the sheet /srv/sheet.pdf; print it now");
	assert_null(strstr(w->output, WARNING));
	program_amid(NULL, NULL);
}

#define sheet_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sheet_test(on_a_disk),
		sheet_test(in_memory),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
