/* Enrolling again, also after a boot that the TPM did not unlock: what is trusted, shown and asked. */
#include "machine/system/manifest.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "outcome.h"
#include "program_steps.h"

#define EVIL "systemd.run=/bin/evil"

static void talk(struct world *w, int expected, const struct exchange *e, const char *command)
{
	int code = program_talk(w, e, command, NULL);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
}

static void delete_index(struct world *w)
{
	struct tpm *t = NULL;

	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++)
		ok(index_remove(t, h, &w->err));
	tpm_close(t);
}

/*
 * The attacker has a live system: grub.cfg gets another command line, the index is deleted (the owner's
 * password is empty). The machine asks, and the owner reads that enrolling makes the index again.
 */
static void attacked(struct world *w)
{
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "cp boot/grub/grub.cfg kept.cfg && sed -i 's#ro quiet#ro quiet " EVIL "#' "
		       "boot/grub/grub.cfg && grep -q " EVIL " boot/grub/grub.cfg");
	delete_index(w);
	boots(w, NULL, WORLD_ASKS);
	assert_int_not_equal(world_reseal(w), 0);
}

static const struct change *change_of(const struct changes *c, const char *what)
{
	for (size_t i = 0; i < c->n; i++)
		if (strstr(c->at[i].what, what))
			return &c->at[i];
	fail_msg("%s is not among %zu changes", what, c->n);
	return NULL;
}

/* Everything of it is refused; what was shown, and nothing else, may be accepted. */
static void again_is_judged(void **state)
{
	struct secret pass = SECRET_NONE;
	struct world *w = *state;
	struct enroll_options o = { .passphrase = &pass, .tcti = w->swtpm.tcti };
	struct enroll_look look, other;
	const struct change *c;
	char *before, *after;

	attacked(w);
	before = world_read(w, MANIFEST_PATH, NULL);
	assert_int_equal(world_enroll(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg");
	err_names(w, "--accept-current");
	assert_int_equal(indices(w), 0);
	after = world_read(w, MANIFEST_PATH, NULL);
	assert_string_equal(before, after);
	free(before);
	free(after);

	ok(enroll_look(&w->machine, &o, &w->err, &look));
	change_of(&look.judgement.changes, "/boot/grub/grub.cfg");
	c = change_of(&look.judgement.changes, "command line");
	assert_null(strstr(c->was, EVIL));
	assert_non_null(strstr(c->was, "ro quiet"));
	assert_non_null(strstr(c->now, "ro quiet " EVIL));

	/* a yes to one list is no yes to another */
	world_shell(w, "sed -i 's#" EVIL "#" EVIL "er#' boot/grub/grub.cfg");
	world_secret(WORLD_PASSPHRASE, &pass);
	boots(w, NULL, WORLD_ASKS);
	o.accepted = &look.judgement.changes;
	assert_int_equal(enroll_run(&w->machine, &o, &w->err, &w->report), -ECANCELED);
	assert_int_equal(indices(w), 0);
	ok(enroll_look(&w->machine, &o, &w->err, &other));
	o.accepted = &other.judgement.changes;
	ok(enroll_run(&w->machine, &o, &w->err, &w->report));
	boots(w, NULL, WORLD_OPENED);
	enroll_look_free(&look);
	enroll_look_free(&other);
	secret_free(&pass);
}

/* With the files as they were there is nothing to ask about, whatever happened to the TPM. */
static void again_unchanged(void **state)
{
	struct world *w = *state;

	attacked(w);
	world_shell(w, "mv kept.cfg boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
}

/* Nothing on a disk tells of firmware settings: what was measured is compared with what was sealed. */
static void again_with_other_settings(void **state)
{
	struct world *w = *state;
	struct enroll_options o = { .tcti = w->swtpm.tcti };
	struct enroll_look look;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "mkdir firmware && printf '\\6\\0\\0\\0' > "
		       "firmware/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	boots(w, NULL, WORLD_ASKS);
	assert_int_equal(world_enroll(w), -ECANCELED);
	err_names(w, "PCR 7");
	ok(enroll_look(&w->machine, &o, &w->err, &look));
	assert_non_null(strstr(change_of(&look.judgement.changes, "PCR 7")->now, "dbx"));
	enroll_look_free(&look);
}

/* Records that are lost or damaged make no first enrolment of it. */
static void again_without_records(void **state)
{
	static const char *const losses[] = {
		"rm ." SEALED_PATH, "echo x >>." SEALED_PATH, "rm ." STATE_PATH,
		"rm ." STATE_PATH " ." SEALED_PATH, "rm ." MANIFEST_PATH,
	};
	struct world *w = *state;

	attacked(w);
	world_save(w, "attacked");
	for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
		world_restore(w, "attacked");
		world_shell(w, "%s", losses[i]);
		boots(w, NULL, WORLD_ASKS);
		if (world_enroll(w) != -ECANCELED || !strstr(w->err.text, "--accept-current"))
			fail_msg("%s: %s", losses[i], w->err.text);
		assert_int_equal(indices(w), 0);
	}
}

/* A boot that the TPM unlocked: as a reseal of it, with nothing to ask. */
static void again_after_an_opened_boot(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "echo '# by hand' >>boot/grub/grub.cfg");
	assert_int_equal(world_enroll(w), -ECANCELED);
	err_names(w, "/boot/grub/grub.cfg");
	world_shell(w, "chroot . /usr/sbin/kernel grub");
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
}

static void shows_both(const struct world *w)
{
	const char *was = strstr(w->output, "was  /vmlinuz"), *now = strstr(w->output, "now  /vmlinuz");

	says(w, "/boot/grub/grub.cfg");
	if (!was || !now || now < was || strstr(was, EVIL) < now || !strstr(now, EVIL))
		fail_msg("the two command lines are not shown: %s", w->output);
}

/* Through the program: without a terminal it is refused with what to do, whatever else is given. */
static void again_without_a_terminal(void **state)
{
	struct world *w = *state;

	attacked(w);
	run(w, 5, "bootseal enroll --key-file /key");
	shows_both(w);
	says(w, "If these changes are not yours, somebody else");
	says(w, "'bootseal enroll --accept-current' accepts them");
	run(w, 5, "yes yes | bootseal enroll --key-file /key");
	assert_int_equal(indices(w), 0);
	boots(w, NULL, WORLD_ASKS);
	run(w, 0, "bootseal enroll --accept-current --key-file /key");
	shows_both(w);
	boots(w, NULL, WORLD_OPENED);
}

static void again_at_a_terminal(void **state)
{
	static const char question[] = "Type \"yes\"", command[] = "exec bootseal enroll --no-recovery-key";
	const struct exchange no[] = { { question, "y\n" }, { NULL } },
			      yes[] = { { question, "yes\n" },
					{ "Passphrase of the encrypted root: ", WORLD_PASSPHRASE "\n" },
					{ NULL } };
	struct world *w = *state;

	attacked(w);
	talk(w, 5, no, command);
	shows_both(w);
	assert_null(strstr(w->output, "Passphrase of"));
	assert_int_equal(indices(w), 0);
	talk(w, 0, yes, command);
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(again_is_judged),
		world_test(again_unchanged),
		world_test(again_with_other_settings),
		world_test(again_without_records),
		world_test(again_after_an_opened_boot),
		program_test(again_without_a_terminal),
		program_test(again_at_a_terminal),
	};

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
