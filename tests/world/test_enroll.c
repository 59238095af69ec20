/*
 * Enrolling, as a person does it: what is asked and when, what is said where nothing is enrolled, and what
 * is left
 * when it is stopped.
 */
#include "machine/system/manifest.h"
#include "outcome.h"
#include "program_steps.h"

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
