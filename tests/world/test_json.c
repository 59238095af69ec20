/*
 * --json: standard output is one object, which a schema of doc/fleet describes, whether the command does what
 * it is asked to or not. Every command that has the option has to be in the list below, with a schema.
 */
#include "program_steps.h"

#include <sys/stat.h>

#include "../unit/attest_sample.h"
#include "seal/json.h"

#define OUT "/srv/out"
#define ERR "/srv/err"
#define COMMANDS_MAX 32

/* What is done first, a command of a shell in the tree; and then what is asked. */
struct step {
	const char *before, *command;
	int code;
	bool error; /* no answer: error.schema.json, and a message */
	const char *member, *word; /* which the answer has; NULL: not looked at */
};

static const struct step steps[] = {
	{ "", "check", 3, false, "next_boot", "not-enrolled" },
	{ "", "status", 3, false, "next_boot", "not-enrolled" },
	{ "", "explain", 3, false, "verdict", "unknown" },
	{ "", "reseal", 3, true, NULL, NULL },
	{ "", "eventlog", 0, false, "format", "crypto-agile" },
	{ "", "eventlog --pcr 4,7", 0, false, NULL, NULL },
	{ "", "eventlog --log /nowhere", 1, true, "command", "eventlog" },
	{ "", "eventlog --log /key", 1, true, "command", "eventlog" },
	{ "printf '0 %064d\\n4 %064d\\n' 0 0 >/srv/pcrs", "eventlog --root / --pcrs /srv/pcrs", 5, false,
	  NULL, NULL },
	{ "", "predict", 0, false, "bank", "sha256" },
	{ "", "predict --events --all", 0, false, NULL, NULL },
	{ "", "predict --image /nowhere", 1, true, "command", "predict" },
	{ "", "calibrate", 0, false, "verdict", "exact" },
	{ "", "calibrate --root /", 0, false, "verdict", "exact" },
	{ "", "calibrate --root / --pcrs /srv/pcrs", 1, true, NULL, NULL },
	{ "", "attest", 5, true, "command", "attest" },
	{ "", "attest --report /srv/report", 7, false, "conclusion", "incomplete" },
	{ "", "attest --report /nowhere", 1, true, "command", "attest" },
	{ "", "scan", 0, false, NULL, NULL },
	{ "ln -s /etc/passwd /boot/grub/mine", "scan", 5, false, NULL, NULL },
	{ "rm -f /boot/grub/mine", "scan", 0, false, NULL, NULL },
	{ "bootseal enroll --no-recovery-key --key-file /key", "status", 0, false, "next_boot", "unlocks" },
	{ "", "check", 0, false, "next_boot", "unlocks" },
	{ "", "explain", 0, false, "verdict", "before-enrolment" },
	{ "rm /run/bootseal/before-enrolment", "explain", 0, false, "verdict", "differs" },
	{ "", "reseal", 0, false, "policy", "unchanged" },
	{ "", "reseal --dry-run", 0, false, "policy", "kept" },
	{ "", "calibrate --force", 0, false, "verdict", "inputs-changed" },
	{ "", "calibrate --root /", 6, false, "verdict", "inputs-changed" },
	{ "sed -i 's# ro quiet# ro quiet audit=0#' /boot/grub/grub.cfg", "reseal", 5, false, "policy",
	  "kept" },
	{ "", "reseal --accept-current --dry-run", 0, false, "next_boot", "unlocks" },
	{ "", "reseal --accept-current --yes", 0, false, "policy", "moved" },
	{ "", "calibrate --force", 5, false, "verdict", "mismatch" },
	{ "", "check --root /", 5, false, "next_boot", "unknown" },
	{ "mv /etc/bootseal/anchor /srv/anchor", "check", 1, false, "next_boot", "unknown" },
	{ "", "status", 1, false, "next_boot", "unknown" },
	{ "", "reseal", 1, false, "policy", "kept" },
	{ "mv /srv/anchor /etc/bootseal/anchor; mv /var/lib/bootseal/state.json /srv/state && "
	  "printf x >/var/lib/bootseal/state.json", "status", 1, true, NULL, NULL },
	{ "", "explain", 1, true, NULL, NULL },
	{ "mv /srv/state /var/lib/bootseal/state.json; mv /sys/kernel/security/tpm0 /srv/tpm0",
	  "calibrate --force", 1, true, NULL, NULL },
	{ "", "predict", 1, true, NULL, NULL },
};

/* By the host: "@" is the folder of the images. */
static const struct step image_steps[] = {
	{ "", "image verify @/plain", 5, false, "verdict", "not-encrypted" },
	{ "", "image verify @/locked", 0, false, "verdict", "locked" },
	{ "", "image verify @/nowhere", 1, true, "command", "image" },
	{ "", "image verify @/report", 1, true, "command", "image" },
};

static int setup(void **state)
{
	struct report_sample report;
	struct attest_keys keys;
	int r = program_setup(state);
	FILE *f;

	world_shell(*state, "mkdir -p srv");
	attest_keys_make(&keys);
	report_sample_make(&keys, &report);
	attest_keys_free(&keys);
	f = fopen(world_path(*state, "/srv/report"), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(report.bytes, 1, sizeof(report.bytes), f), sizeof(report.bytes));
	fclose(f);
	return r;
}

/* What was printed is one object of that schema, and the exit code is in it. */
static void judge(struct world *w, const struct step *s, int code)
{
	char name[32], *text;
	const char *word;
	struct json_object *o = NULL;
	uint64_t number;
	size_t n;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(s->command, " "), s->command);
	if (code != s->code)
		fail_msg("%s --json: %d instead of %d: %s", s->command, code, s->code,
			 world_read(w, ERR, NULL));
	world_host("python3 -B tests/schema.py doc/fleet/%s.schema.json %s", s->error ? "error" : name,
		   world_path(w, OUT));
	text = world_read(w, OUT, &n);
	assert_int_equal(json_read(text, n, NULL, &o), 0);
	if (json_member_number(o, "exit_code", 255, &number))
		assert_int_equal(number, code);
	else
		assert_true(!s->error && (strcmp(name, "predict") == 0 || strcmp(name, "attest") == 0));
	word = s->member ? json_member_word(o, s->member, 64) : NULL;
	if (s->member && (!word || strcmp(word, s->word) != 0))
		fail_msg("%s --json: %s is not %s: %s", s->command, s->member, s->word, text);
	json_free(o);
	free(text);
	/* a person who looks on is told, too */
	text = world_read(w, ERR, &n);
	if (s->error && n == 0)
		fail_msg("%s --json: says nothing on standard error", s->command);
	free(text);
}

static void commands_answer(void **state)
{
	struct world *w = *state;
	int code;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].before[0])
			run(w, 0, steps[i].before);
		/* which names this machine's TPM only where it is asked */
		code = program_run(w, NULL, "%s %s --json >" OUT " 2>" ERR,
				   strstr(steps[i].command, "--r") ? "/usr/lib/bootseal/bootseal" :
								     "bootseal",
				   steps[i].command);
		judge(w, &steps[i], code);
	}
}

static void images_answer(void **state)
{
	struct world *w = *state;
	char command[4 * PATH_MAX], with[128], *at;
	int status;

	world_shell(w, "cd srv && mkdir -p root/etc boot && "
		       "echo '/dev/sda1 / ext4 defaults 0 1' >root/etc/fstab && "
		       "truncate -s 128M plain && printf 'label: gpt\\n2: start=1M, size=8M, type=U\\n3: "
		       "start=16M, size=32M, type=BC13C2FF-59E6-4262-A352-B275FD6F7172\\n1: start=64M, "
		       "size=48M, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\\n' | "
		       "sed 's,^\\([123]\\):,plain\\1 :,' | "
		       "sfdisk -q --no-reread --no-tell-kernel plain && "
		       "mke2fs -q -t ext4 -F -d boot -E offset=16777216 plain 32M && "
		       "mke2fs -q -t ext4 -F -d root -E offset=67108864 plain 48M && cp plain locked && "
		       "truncate -s 48M header && printf secret | cryptsetup luksFormat -q --type luks2 "
		       "--pbkdf pbkdf2 --pbkdf-force-iterations 1000 header - && "
		       "dd if=header of=locked bs=1M seek=64 conv=notrunc status=none");
	for (size_t i = 0; i < sizeof(image_steps) / sizeof(image_steps[0]); i++) {
		snprintf(with, sizeof(with), "%s", image_steps[i].command);
		at = strchr(with, '@');
		*at = '\0';
		snprintf(command, sizeof(command), "build/bootseal %s%s%s --json >%s 2>%s", with,
			 world_path(w, "/srv"), at + 1, world_path(w, OUT), world_path(w, ERR));
		status = system(command);
		assert_true(WIFEXITED(status));
		judge(w, &image_steps[i], WEXITSTATUS(status));
	}
}

/* An answer of a kind is in the lists: one of its own, or where it has to be one that is not a success. */
static bool is_tried(const char *name, bool refusal)
{
	const struct step *s;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) + sizeof(image_steps) / sizeof(*image_steps);
	     i++) {
		s = i < sizeof(steps) / sizeof(steps[0]) ? &steps[i] :
							   &image_steps[i - sizeof(steps) / sizeof(steps[0])];
		if (strncmp(s->command, name, strlen(name)) == 0 && strchr(" ", s->command[strlen(name)]) &&
		    (refusal ? s->code != 0 : !s->error))
			return true;
	}
	return false;
}

/* From the programs' own helps: a new one is seen here. */
static void none_is_forgotten(void **state)
{
	char name[COMMANDS_MAX][32], line[256], path[64];
	size_t n = 0, with_json = 0;
	struct stat st;
	FILE *f = popen("build/bootseal --help", "r");

	assert_non_null(f);
	while (n < COMMANDS_MAX && fgets(line, sizeof(line), f))
		if (strncmp(line, "  ", 2) == 0 && sscanf(line, "  %31[a-z-]", name[n]) == 1 &&
		    name[n][0] != '-' && line[2] != ' ')
			n++;
	assert_int_equal(pclose(f), 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "build/bootseal %.31s --help | grep -q -e '--json'", name[i]);
		if (system(line) != 0)
			continue;
		with_json++;
		snprintf(path, sizeof(path), "doc/fleet/%.31s.schema.json", name[i]);
		if (stat(path, &st) < 0)
			fail_msg("%s has --json and no %s", name[i], path);
		if (!is_tried(name[i], false) || !is_tried(name[i], true))
			fail_msg("%s --json is not tried here", name[i]);
	}
	assert_true(n >= 17 && with_json >= 10);
}

/* A command line that is not understood: nothing is answered. */
static void usage_is_no_answer(void **state)
{
	struct world *w = *state;

	run(w, 2, "bootseal check --json --nonsense >" OUT);
	world_shell(w, "test ! -s ." OUT);
	run_says(w, 2, "bootseal reseal --json --hook", "no --json");
	run_says(w, 2, "bootseal reseal --json --accept-current", "--json asks nothing");
}

#define json_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_forgotten),
		json_test(commands_answer),
		json_test(images_answer),
		json_test(usage_is_no_answer),
	};

	cmocka_set_test_filter(getenv("TEST"));
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
