/*
 * Enrolling, as a person does it: enrolling again after a boot that the TPM did not unlock, what is asked and
 * when, and what is left when it is stopped.
 */
#include "program.h"
#include "steps.h"

#include "machine/chain/sealed.h"
#include "machine/system/manifest.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"

#define EVIL "systemd.run=/bin/evil"

static int setup(void **state)
{
	int r = world_setup(state);

	program_install(*state);
	return r;
}

#define program_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static void run(struct world *w, int expected, const char *command)
{
	int code = program_run(w, NULL, "%s", command);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
}

static void talk(struct world *w, int expected, const struct exchange *e, const char *command)
{
	int code = program_talk(w, e, command, NULL);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", command, code, expected, w->output);
}

static size_t indices(struct world *w)
{
	struct tpm *t = NULL;
	struct tpm_name name;
	size_t n = 0;

	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++)
		n += index_found(t, h, NULL, &name) == 0;
	tpm_close(t);
	return n;
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

static bool echo;

static int talk_to(struct world *w, const struct exchange *e)
{
	return program_talk(w, e, "exec bootseal enroll --no-recovery-key", &echo);
}

static void nothing_written(struct world *w)
{
	assert_int_equal(indices(w), 0);
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/var/lib/bootseal/authority.pem") || world_has(w, ANCHOR_PATH) ||
		     world_has(w, STATE_PATH) || world_has(w, MANIFEST_PATH));
}

/* Three tries, Ctrl-C at any of them, and nothing is written before one of them is right. */
static void asks_three_times(void **state)
{
	static const char prompt[] = "Passphrase of the encrypted root: ";
	const struct exchange interrupt[] = { { prompt, "\x03" }, { NULL } },
			      never[] = { { prompt, "a\n" }, { prompt, "b\n" }, { prompt, "c\n" }, { NULL } },
			      at_last[] = { { prompt, "a\n" },
					    { prompt, "b\n" },
					    { prompt, WORLD_PASSPHRASE "\n" },
					    { NULL } };
	struct world *w = *state;

	assert_int_equal(talk_to(w, interrupt), 128 + SIGINT);
	assert_true(echo);
	nothing_written(w);
	assert_int_equal(talk_to(w, never), 5);
	says(w, "/dev/vda3");
	nothing_written(w);
	assert_int_equal(talk_to(w, at_last), 0);
	assert_null(strstr(w->output, WORLD_PASSPHRASE));
	assert_int_equal(world_keyslots(w), 2);
}

static void key_file_with_a_newline(void **state)
{
	struct world *w = *state;

	world_shell(w, "{ cat key; echo; } >key-and-newline; printf wrong >wrong");
	run(w, 5, "bootseal enroll --key-file /key-and-newline");
	says(w, "/key-and-newline does not open the volume; it ends with a newline");
	run(w, 5, "bootseal enroll --key-file - </key-and-newline");
	says(w, "standard input does not open the volume; it ends with a newline");
	run(w, 5, "bootseal enroll --key-file /wrong");
	assert_null(strstr(w->output, "newline"));
	nothing_written(w);
	run(w, 0, "bootseal enroll --key-file - </key");
}

/* What can be refused without the passphrase is refused before it is asked for. */
static void looks_before_it_asks(void **state)
{
	static const struct {
		const char *how, *undo, *says;
		int code;
	} refusals[] = {
		{ "mv sys/kernel/security kept", "mv kept sys/kernel/security", "event log", 1 },
		{ "echo 'UUID=1-2 /etc ext4 defaults 0 0' >>etc/fstab", "sed -i '/UUID=1-2/d' etc/fstab",
		  "fstab", 1 },
		{ "cp etc/crypttab kept; : >etc/crypttab", "mv kept etc/crypttab", "crypttab", 1 },
		{ "ln -s /etc/passwd boot/x", "rm boot/x", "/boot/x", 5 },
		{ "cp boot/grub/grub.cfg kept; echo 'set timeout=0' >boot/grub/grub.cfg",
		  "mv kept boot/grub/grub.cfg", "does not start Linux", 5 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		int code;

		world_shell(w, "%s", refusals[i].how);
		code = program_run(w, NULL, "bootseal enroll --key-file /no-such-file");
		if (code != refusals[i].code || !strstr(w->output, refusals[i].says) ||
		    strstr(w->output, "/no-such-file"))
			fail_msg("%s: %d: %s", refusals[i].how, code, w->output);
		world_shell(w, "%s", refusals[i].undo);
		nothing_written(w);
	}
	run(w, 4, "/usr/lib/bootseal/bootseal enroll --key-file /no-such-file --tcti swtpm:path=/nowhere");
	says(w, "swtpm:path=/nowhere: cannot open");
	run(w, 1, "bootseal enroll --key-file /no-such-file");
	says(w, "/no-such-file");
	nothing_written(w);
}

/* What an enrolment leaves that was stopped, at several moments; and what loses a part later. */
static void unfinished_is_removed(void **state)
{
	static const char files[] = "rm -f ." ANCHOR_PATH " ." STATE_PATH " ." MANIFEST_PATH " ." SEALED_PATH;
	struct world *w = *state;
	struct remove_report report;

	ok(world_enroll(w));
	world_save(w, "enrolled");
	world_shell(w, "%s", files);
	ok(world_remove(w, &report));
	assert_true(report.volumes == 1 && report.index_removed && report.files);
	nothing_written(w);
	assert_int_equal(world_remove(w, &report), -ENODATA);
	err_names(w, "nothing of an enrolment is left");

	world_restore(w, "enrolled");
	world_shell(w, "echo x >>." ANCHOR_PATH);
	ok(world_remove(w, &report));
	assert_true(report.volumes == 1 && report.index_removed);
	nothing_written(w);

	/* without the key nothing proves whose index it is: it is named, and stays */
	world_restore(w, "enrolled");
	world_shell(w, "%s ." AUTHORITY_PATH, files);
	ok(world_remove(w, &report));
	assert_true(report.volumes == 1 && !report.index_removed && !report.files);
	assert_int_equal(world_keyslots(w), 1);
	assert_int_equal(world_remove(w, &report), -ENODATA);
	err_names(w, "the TPM has the policy index 0x0180b007");
	assert_int_equal(indices(w), 1);
	assert_true(world_passphrase_works(w));
}

/* Exit code 3 means that nothing is enrolled, and that is all that is said. */
static void not_enrolled(void **state)
{
	static const char *const commands[] = { "bootseal reseal", "bootseal reseal --accept-current",
						"bootseal reseal --dry-run", "bootseal status",
						"bootseal check", "/usr/lib/bootseal/bootseal explain" };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		run(w, 3, commands[i]);
		assert_string_equal(w->output,
				    "bootseal: this machine is not enrolled; run 'bootseal enroll'\n");
	}
	run(w, 0, "bootseal reseal --hook");
	assert_string_equal(w->output, "");
	run(w, 3, "bootseal remove");
	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "rm -r sys/kernel/security/tpm0");
	run(w, 1, "bootseal check");
	run(w, 1, "bootseal reseal");
	run(w, 1, "/usr/lib/bootseal/bootseal predict");
	says(w, "event log");
}

/* An answer that nobody got is no answer. */
static void output_is_full(void **state)
{
	static const char *const commands[] = { "status",  "check",  "predict",   "eventlog", "calibrate",
						"explain", "reseal", "--version", "--help",   "remove" };
	struct world *w = *state;
	char command[256];

	run(w, 0, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		bool tpm = strstr("status check calibrate reseal remove", commands[i]) != NULL;

		snprintf(command, sizeof(command), "/usr/lib/bootseal/bootseal %s%s >/dev/full", commands[i],
			 tpm ? " --tcti swtpm:path=/tpm/tpm" : "");
		if (strcmp(commands[i], "remove") == 0) {
			/* apt is not stopped by a pipe that nobody reads */
			run(w, 0, "bootseal reseal --hook >/dev/full");
			run(w, 1, "bootseal status >&-");
		}
		run(w, 1, command);
		says(w, "cannot write to standard output");
	}
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
		program_test(asks_three_times),
		program_test(key_file_with_a_newline),
		program_test(looks_before_it_asks),
		world_test(unfinished_is_removed),
		program_test(not_enrolled),
		program_test(output_is_full),
	};

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
