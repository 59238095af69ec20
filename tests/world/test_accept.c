/* reseal --accept-current, as a person and as a script use it: what is accepted was listed before. */
#include "program.h"
#include "steps.h"

#include "machine/chain/sealed.h"
#include "machine/system/manifest.h"

#define EVIL "systemd.run=/bin/evil"
#define QUESTION "Type \"yes\""
#define ACCEPT "exec bootseal reseal --accept-current"

/* Enrolled, grub.cfg edited since, and the TPM did not unlock the boot. */
static int setup(void **state)
{
	struct world *w;
	int r = world_setup(state);

	w = *state;
	program_install(w);
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "sed -i 's#ro quiet#ro quiet " EVIL "#' boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	world_shell(w, "cp ." MANIFEST_PATH " manifest && cp ." STATE_PATH " state && "
		       "cp ." SEALED_PATH " sealed");
	return r;
}

static void run(struct world *w, int expected, const char *command)
{
	int code = program_run(w, NULL, "%s", command);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
}

static void nothing_written(struct world *w)
{
	world_shell(w, "cmp manifest ." MANIFEST_PATH " && cmp state ." STATE_PATH " && "
		       "cmp sealed ." SEALED_PATH);
	boots(w, NULL, WORLD_ASKS);
}

/* The file and both command lines, the old ones first, and only then that they are accepted. */
static void listed_before(const struct world *w, const char *then)
{
	const char *file = strstr(w->output, "  /boot/grub/grub.cfg"), *was, *now, *done;

	was = file ? strstr(file, "    was  /vmlinuz") : NULL;
	now = was ? strstr(was, "    now  /vmlinuz") : NULL;
	done = now ? strstr(now, then) : NULL;
	if (!done || strstr(was, EVIL) < now || strstr(w->output, then) < now)
		fail_msg("the list does not come first: %s", w->output);
}

/* A script's option is enough; the list comes first for the log that it writes. */
static void without_a_terminal(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal reseal --accept-current --dry-run");
	listed_before(w, "Next boot");
	nothing_written(w);
	run(w, 1, "bootseal reseal --accept-current >/dev/full");
	says(w, "cannot write to standard output");
	nothing_written(w);
	run(w, 2, "bootseal reseal --yes");
	run(w, 0, "bootseal reseal --accept-current");
	listed_before(w, "Policy       generation");
	assert_null(strstr(w->output, QUESTION));
	boots(w, NULL, WORLD_OPENED);
}

static void at_a_terminal(void **state)
{
	const struct exchange no[] = { { QUESTION, "y\n" }, { NULL } },
			      ctrl_c[] = { { QUESTION, "\x03" }, { NULL } },
			      yes[] = { { QUESTION, "yes\n" }, { NULL } };
	struct world *w = *state;

	assert_int_equal(program_talk(w, no, ACCEPT, NULL), 5);
	listed_before(w, QUESTION);
	says(w, "nothing was accepted, and the policy was not moved");
	nothing_written(w);
	assert_int_equal(program_talk(w, ctrl_c, ACCEPT, NULL), 128 + SIGINT);
	nothing_written(w);
	assert_int_equal(program_talk(w, yes, ACCEPT, NULL), 0);
	listed_before(w, "Policy       generation");
	boots(w, NULL, WORLD_OPENED);
}

/* No question where a person has said yes, or where there is nothing to ask about. */
static void unasked(void **state)
{
	const struct exchange silent[] = { { NULL } };
	struct world *w = *state;

	assert_int_equal(program_talk(w, silent, ACCEPT " --yes", NULL), 0);
	listed_before(w, "Policy       generation");
	assert_null(strstr(w->output, QUESTION));
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(program_talk(w, silent, ACCEPT, NULL), 0);
	assert_null(strstr(w->output, "    was  "));
	boots(w, NULL, WORLD_OPENED);
}

/* A yes to one list is no yes to another. */
static void what_was_shown(void **state)
{
	struct reseal_options o = { .accept_current = true, .dry_run = true };
	struct world *w = *state;
	struct reseal_report shown;

	o.tcti = w->swtpm.tcti;
	ok(reseal_run(&w->machine, &o, &w->err, &shown));
	assert_true(shown.changes.n > 0);
	world_shell(w, "sed -i 's#" EVIL "#" EVIL "er#' boot/grub/grub.cfg");
	o.dry_run = false;
	o.shown = &shown.changes;
	reseal_report_free(&w->report);
	assert_int_equal(reseal_run(&w->machine, &o, &w->err, &w->report), -ECANCELED);
	err_names(w, "not what was listed");
	world_shell(w, "cmp manifest ." MANIFEST_PATH);
	boots(w, NULL, WORLD_ASKS);
	world_shell(w, "sed -i 's#" EVIL "er#" EVIL "#' boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	reseal_report_free(&w->report);
	ok(reseal_run(&w->machine, &o, &w->err, &w->report));
	boots(w, NULL, WORLD_OPENED);
	reseal_report_free(&shown);
}

#define accept_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		accept_test(without_a_terminal),
		accept_test(at_a_terminal),
		accept_test(unasked),
		accept_test(what_was_shown),
	};

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
