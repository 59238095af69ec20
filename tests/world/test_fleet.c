/*
 * What a fleet sees of a machine: check's exit code, JSON and metrics, and the programs of the health unit
 * and of the guard of restarts.
 */
#include "program_steps.h"

#include <sys/stat.h>

#include "seal/json.h"

#define JSON "/srv/check.json"
#define FOLDER "/var/lib/prometheus/node-exporter"
#define METRICS FOLDER "/bootseal.prom"
#define HEALTH "/usr/lib/bootseal/health"
#define REQUIRED "/run/reboot-required"
#define HELD "/run/bootseal/reboot-required"
#define NOTICE "/run/motd.d/bootseal-restart"
#define LOOK "/usr/lib/bootseal/reboot-guard look"
/* A kernel that no hook has told of: the next boot asks. */
#define UNSEEN_KERNEL "kernel install " WORLD_NEW " && kernel grub"

static int setup(void **state)
{
	int r = program_setup(state);

	world_shell(*state, "mkdir -p srv");
	return r;
}

/* The whole answer is what the schema says, and the exit code is in it. */
static struct json_object *checked(struct world *w, const char *options, int expected, const char *next_boot)
{
	struct json_object *o = NULL;
	int code = program_run(w, NULL, "bootseal check --json %s >" JSON, options);
	uint64_t number;
	size_t n;
	char *text;

	if (code != expected)
		fail_msg("check --json: %d instead of %d: %s", code, expected, w->output);
	world_host("python3 -B tests/schema.py doc/fleet/check.schema.json %s", world_path(w, JSON));
	text = world_read(w, JSON, &n);
	assert_int_equal(json_read(text, n, NULL, &o), 0);
	assert_true(json_member_number(o, "exit_code", 255, &number));
	assert_int_equal(number, expected);
	assert_string_equal(json_member_word(o, "next_boot", 64), next_boot);
	free(text);
	return o;
}

static void answers(struct world *w, int expected, const char *next_boot)
{
	json_free(checked(w, "", expected, next_boot));
}

static void as_json(void **state)
{
	struct world *w = *state;
	struct json_object *o, *list;
	uint64_t generation;
	bool is;
	size_t n;

	answers(w, 3, "not-enrolled");
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	/* the boot in which it was enrolled */
	o = checked(w, "", 0, "unlocks");
	assert_true(json_member_bool(o, "this_boot_unlocked_by_tpm", &is) && !is);
	assert_true(json_member_bool(o, "this_boot_trusted", &is) && is);
	json_free(o);
	boots(w, NULL, WORLD_OPENED);
	o = checked(w, "", 0, "unlocks");
	assert_true(json_member_bool(o, "this_boot_unlocked_by_tpm", &is) && is);
	assert_true(json_member_number(o, "policy_generation", 1000, &generation) && generation > 0);
	assert_true(json_member_array(o, "paths", 100, &list, &n) && n > 0);
	json_free(o);
	/* without a TPM it is unknown */
	run(w, 4, "/usr/lib/bootseal/bootseal check --json --tcti swtpm:path=/nowhere >" JSON);
	world_host("python3 -B tests/schema.py doc/fleet/check.schema.json %s", world_path(w, JSON));
	run(w, 0, UNSEEN_KERNEL);
	o = checked(w, "", 5, "asks");
	assert_true(json_member_array(o, "not_covered", 100, &list, &n) && n > 0);
	json_free(o);
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	o = checked(w, "", 5, "asks");
	assert_true(json_member_bool(o, "this_boot_unlocked_by_tpm", &is) && !is);
	assert_true(json_member_bool(o, "this_boot_trusted", &is) && !is);
	json_free(o);
}

static struct json_object *says_json(struct world *w, const char *command, int expected)
{
	struct json_object *o = NULL;
	char line[80];
	size_t n;
	char *text;

	snprintf(line, sizeof(line), "bootseal %s --json >" JSON, command);
	run(w, expected, line);
	world_host("python3 -B tests/schema.py doc/fleet/%s.schema.json %s", command, world_path(w, JSON));
	text = world_read(w, JSON, &n);
	assert_int_equal(json_read(text, n, NULL, &o), 0);
	free(text);
	return o;
}

static struct json_object *status(struct world *w, int expected)
{
	return says_json(w, "status", expected);
}

static void explain_as_json(void **state)
{
	struct world *w = *state;
	struct json_object *o, *list, *part;
	size_t n;

	json_free(says_json(w, "explain", 3));
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	o = says_json(w, "explain", 0);
	assert_string_equal(json_member_word(o, "verdict", 64), "unlocked");
	json_free(o);
	world_shell(w, "sed -i 's# ro quiet# ro quiet audit=0#' boot/grub/grub.cfg");
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	o = says_json(w, "explain", 0);
	assert_string_equal(json_member_word(o, "verdict", 64), "differs");
	assert_true(json_member_array(o, "differences", 10, &list, &n) && n >= 1);
	part = json_list_at(list, 0);
	assert_string_equal(json_member_word(part, "file", 64), "/boot/grub/grub.cfg");
	assert_string_equal(json_member_word(part, "file_now", 64), "as-measured");
	assert_string_equal(json_member_string(json_member_object(o, "consequence"), "added"), "audit=0");
	json_free(o);
	/* nothing to compare with */
	world_shell(w, "rm -r sys/kernel/security/tpm0");
	o = says_json(w, "explain", 1);
	assert_string_equal(json_member_word(o, "verdict", 64), "unknown");
	json_free(o);
}

static void status_as_json(void **state)
{
	struct world *w = *state;
	struct json_object *o, *list, *part;
	char text[64];
	bool is;
	size_t n;

	json_free(status(w, 3));
	/* an image whose first boot is not over; its text is another program's */
	run(w, 0, "touch /etc/bootseal/first-boot.key");
	o = status(w, 3);
	part = json_member_object(o, "first_boot");
	assert_true(json_member_bool(part, "begun", &is) && !is);
	assert_true(json_member_bool(part, "key_in_clear", &is) && is);
	json_free(o);
	world_shell(w, "mv etc/bootseal/first-boot.key etc/bootseal/deployed && mkdir -p run/bootseal && "
		       "printf 'growing the \\033volume\\nx' >run/bootseal/first-boot");
	o = status(w, 3);
	part = json_member_object(o, "first_boot");
	assert_true(json_member_bool(part, "begun", &is) && is);
	assert_true(json_member_text(part, "now", sizeof(text), text));
	assert_string_equal(text, "growing the \\x1bvolume");
	assert_true(json_member_bool(part, "key_in_clear", &is) && !is);
	json_free(o);
	run(w, 0, "rm -f /etc/bootseal/deployed");
	o = status(w, 3);
	assert_false(json_has(o, "first_boot"));
	json_free(o);
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	o = status(w, 0);
	assert_string_equal(json_member_word(o, "next_boot", 64), "unlocks");
	assert_true(json_member_array(o, "volumes", 10, &list, &n) && n == 1);
	part = json_list_at(list, 0);
	assert_string_equal(json_member_word(part, "name", 64), "cryptroot");
	assert_string_equal(json_member_word(part, "opened_by", 64), "initramfs");
	assert_string_equal(json_member_word(part, "next_boot", 64), "unlocks");
	part = json_member_object(o, "this_boot");
	assert_true(json_member_bool(part, "unlocked_by_tpm", &is) && is);
	assert_string_equal(json_member_word(part, "window", 64), "closed");
	part = json_member_object(o, "policy");
	assert_true(json_member_bool(part, "last_reseal_failed", &is) && !is);
	assert_true(json_member_array(part, "pcrs", 24, &list, &n) && n == 6);
	json_free(o);
	/* without a TPM; and another kernel, in a boot that was not unlocked */
	run(w, 4, "/usr/lib/bootseal/bootseal status --json --tcti swtpm:path=/nowhere >" JSON);
	world_host("python3 -B tests/schema.py doc/fleet/status.schema.json %s", world_path(w, JSON));
	run(w, 0, UNSEEN_KERNEL);
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	program_run(w, NULL, "bootseal reseal --hook");
	o = status(w, 5);
	assert_true(json_member_array(o, "volumes", 10, &list, &n) && n == 1);
	assert_string_equal(json_member_word(json_list_at(list, 0), "next_boot", 64), "asks");
	part = json_member_object(o, "this_boot");
	assert_true(json_member_bool(part, "unlocked_by_tpm", &is) && !is);
	part = json_member_object(o, "policy");
	assert_true(json_member_bool(part, "last_reseal_failed", &is) && is);
	json_free(o);
}

/* Of a collected tree; only words were there before. */
static void as_json_of_a_tree(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 0, "/usr/lib/bootseal/bootseal check --json --root / >" JSON);
	world_host("python3 -B tests/schema.py doc/fleet/check.schema.json %s", world_path(w, JSON));
	run_says(w, 2, "/usr/lib/bootseal/bootseal check --textfile /srv/x --root /", "--textfile");
	assert_false(world_has(w, "/srv/x"));
}

/* The sample has that value, and HELP and TYPE above it. */
static void metric(struct world *w, const char *name, const char *value)
{
	size_t n;
	char *text = world_read(w, METRICS, &n), line[160];

	snprintf(line, sizeof(line), "# TYPE bootseal_%s gauge\nbootseal_%s %s\n", name, name, value);
	if (!strstr(text, line))
		fail_msg("%s is not %s: %s", name, value, text);
	snprintf(line, sizeof(line), "# HELP bootseal_%s ", name);
	assert_non_null(strstr(text, line));
	free(text);
}

static bool has_metric(struct world *w, const char *name)
{
	size_t n;
	char *text = world_read(w, METRICS, &n);
	bool has = strstr(text, name) != NULL;

	free(text);
	return has;
}

static void health_writes_metrics(void **state)
{
	struct world *w = *state;
	struct stat st;

	/* without node_exporter: only the answer */
	run(w, 3, HEALTH);
	assert_false(world_has(w, FOLDER));
	world_shell(w, "mkdir -p ." FOLDER);
	run(w, 3, HEALTH);
	metric(w, "enrolled", "0");
	metric(w, "check_exit_code", "3");
	assert_false(has_metric(w, "next_boot"));
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run_says(w, 0, HEALTH, "Yes: the next boot will unlock automatically.");
	metric(w, "enrolled", "1");
	metric(w, "next_boot_unlocks", "1");
	metric(w, "next_boot_unknown", "0");
	metric(w, "this_boot_unlocked_by_tpm", "1");
	metric(w, "reboot_held", "0");
	assert_true(has_metric(w, "bootseal_build_info{version=\""));
	assert_true(has_metric(w, "\nbootseal_check_timestamp_seconds 1"));
	assert_true(has_metric(w, "\nbootseal_policy_generation "));
	run(w, 0, UNSEEN_KERNEL);
	run_says(w, 5, HEALTH, "No: the next boot will ask for the passphrase.");
	metric(w, "next_boot_unlocks", "0");
	metric(w, "check_exit_code", "5");
	/* node_exporter is no root; and nothing is left beside it */
	assert_int_equal(stat(world_path(w, METRICS), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	world_shell(w, "test \"$(ls ." FOLDER ")\" = bootseal.prom");
	/* no TPM: no value that could be taken for a good one */
	run(w, 4, "/usr/lib/bootseal/bootseal check --tcti swtpm:path=/nowhere --textfile " METRICS);
	metric(w, "next_boot_unlocks", "0");
	metric(w, "next_boot_unknown", "1");
	assert_false(has_metric(w, "policy_generation"));
}

static void health_writes_elsewhere(void **state)
{
	struct world *w = *state;

	world_shell(w, "mkdir -p ." FOLDER);
	world_write_text(w, "/etc/bootseal/textfile", "/srv/b.prom\n");
	run(w, 3, HEALTH);
	assert_true(world_has(w, "/srv/b.prom"));
	assert_false(world_has(w, METRICS));
	world_write_text(w, "/etc/bootseal/textfile", "");
	run(w, 3, HEALTH);
	assert_false(world_has(w, METRICS));
	world_write_text(w, "/etc/bootseal/textfile", "/nowhere/b.prom\n");
	run_says(w, 3, HEALTH, "there is no folder /nowhere");
	/* metrics that cannot be written are no good health: what is there is old */
	world_shell(w, "mkdir ." METRICS);
	run_says(w, 1, "bootseal check --textfile " METRICS, METRICS);
}

/* Where the note that the machine is to be restarted is, in the words of its packages. */
static void is_held(const struct world *w, bool held)
{
	const char *place = held ? HELD : REQUIRED;
	char *text;
	size_t n;

	assert_false(world_has(w, held ? REQUIRED : HELD));
	assert_int_equal(world_has(w, NOTICE), held);
	text = world_read(w, place, &n);
	assert_string_equal(text, "*** restart ***\n");
	free(text);
}

static void guard_holds_back(void **state)
{
	struct world *w = *state;

	run(w, 0, LOOK);
	assert_false(world_has(w, REQUIRED));
	world_write_text(w, REQUIRED, "*** restart ***\n");
	run(w, 0, LOOK);
	is_held(w, false); /* nothing is enrolled */
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	world_write_text(w, REQUIRED, "*** restart ***\n");
	run(w, 0, LOOK);
	is_held(w, false);
	run(w, 0, UNSEEN_KERNEL);
	run_says(w, 0, LOOK, "AUTOMATIC RESTARTS ARE HELD BACK");
	assert_null(strstr(w->output, "SCHEDULED"));
	is_held(w, true);
	world_shell(w, "mkdir -p ." FOLDER);
	run(w, 5, HEALTH);
	metric(w, "reboot_held", "1");
	run(w, 0, LOOK);
	is_held(w, true);
	/* the next package asks for a restart, too */
	world_write_text(w, REQUIRED, "*** restart ***\n");
	world_shell(w, "mkdir -p run/systemd/shutdown && echo MODE=reboot >run/systemd/shutdown/scheduled");
	run_says(w, 0, LOOK, "A RESTART IS SCHEDULED ALREADY");
	is_held(w, true);
}

/* It cannot be told: no answer is no reason to restart. */
static void guard_holds_back_without_an_answer(void **state)
{
	struct world *w = *state;

	for (int code = 1; code <= 5; code++) {
		world_shell(w, "printf '#!/bin/sh\nexit %d\n' >usr/sbin/bootseal", code);
		world_write_text(w, REQUIRED, "*** restart ***\n");
		run(w, 0, LOOK);
		is_held(w, code != 3);
		world_shell(w, "rm -f ." HELD " ." NOTICE);
	}
	world_shell(w, "rm usr/sbin/bootseal");
	world_write_text(w, REQUIRED, "*** restart ***\n");
	run(w, 0, LOOK);
	is_held(w, true);
}

static void guard_lets_go(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 0, UNSEEN_KERNEL);
	world_write_text(w, REQUIRED, "*** restart ***\n");
	run(w, 0, LOOK);
	is_held(w, true);
	/* the unit is stopped: whoever switched it off wants restarts again */
	run(w, 0, "/usr/lib/bootseal/reboot-guard release");
	is_held(w, false);
	run(w, 0, LOOK);
	is_held(w, true);
	/* and when the policy has followed */
	run(w, 0, "/usr/lib/bootseal/hook reseal --initrd " WORLD_NEW " /boot/initrd.img-" WORLD_NEW);
	run_says(w, 0, LOOK, "no longer held back");
	is_held(w, false);
	run(w, 2, "/usr/lib/bootseal/reboot-guard");
}

#define fleet_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fleet_test(as_json),
		fleet_test(as_json_of_a_tree),
		fleet_test(status_as_json),
		fleet_test(explain_as_json),
		fleet_test(health_writes_metrics),
		fleet_test(health_writes_elsewhere),
		fleet_test(guard_holds_back),
		fleet_test(guard_holds_back_without_an_answer),
		fleet_test(guard_lets_go),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
