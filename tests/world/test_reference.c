/* What a verifier elsewhere is told before the reboot is what the next boot measures, PCR 15 included. */
#include "program_steps.h"

#include "base/text.h"
#include "machine/reference.h"
#include "seal/json.h"

#define JSON "/srv/values.json"
#define KEYLIME "/srv/policy.json"
#define NO_PLACE "/nowhere/policy.json"

static int setup(void **state)
{
	int r = world_setup(state);
	struct world *w = *state;

	world_shell(w, "mkdir -p srv etc/bootseal");
	return r;
}

static void configure(const struct world *w, const char *text)
{
	world_write_text(w, REFERENCE_CONFIG_PATH, text);
}

static struct json_object *read_json(const struct world *w, const char *path)
{
	struct json_object *o = NULL;
	size_t n;
	char *text = world_read(w, path, &n);

	if (strcmp(path, JSON) == 0)
		world_host("python3 -B tests/schema.py doc/fleet/predict.schema.json %s",
			   world_path(w, path));
	assert_int_equal(json_read(text, n, NULL, &o), 0);
	free(text);
	return o;
}

static void value(const struct world *w, unsigned pcr, char ret[static 65])
{
	uint8_t v[SHA256_LEN];

	swtpm_pcr(&w->swtpm, pcr, v);
	text_hex(v, sizeof(v), ret);
}

/* In Keylime's policy each value of this boot is one of the list. */
static void is_in_the_policy(const struct world *w)
{
	struct json_object *o = read_json(w, KEYLIME), *list;
	char number[4], hex[65];
	const char *word;
	size_t seen = 0, n;
	bool found;

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		snprintf(number, sizeof(number), "%u", i);
		if (!json_has(o, number))
			continue;
		assert_true(json_member_array(o, number, BRANCH_MAX, &list, &n));
		value(w, i, hex);
		found = false;
		for (size_t k = 0; k < n; k++) {
			word = json_word(json_list_at(list, k), 64);
			assert_non_null(word);
			found = found || strcmp(word, hex) == 0;
		}
		if (!found)
			fail_msg("PCR %u is %s, which is not in the policy", i, hex);
		seen++;
	}
	assert_true(json_has(o, "4") && json_has(o, "9") && json_has(o, "15"));
	assert_int_equal(seen, json_member_count(o));
	json_free(o);
}

/* One boot path of our own form has all values of this boot. */
static void is_a_path(const struct world *w)
{
	struct json_object *o = read_json(w, JSON), *paths, *window;
	size_t n, right = 0;
	char hex[65];

	assert_true(json_member_array(o, "paths", BRANCH_MAX, &paths, &n));
	for (size_t i = 0; i < n; i++) {
		struct json_object *pcrs = json_member_object(json_list_at(paths, i), "pcrs");
		bool same = true;

		for (unsigned k = 0; k < PCR_COUNT; k++) {
			const char *word;
			char number[4];

			snprintf(number, sizeof(number), "%u", k);
			word = json_member_word(pcrs, number, 64);
			value(w, k, hex);
			same = same && (!word || strcmp(word, hex) == 0);
		}
		right += same;
	}
	assert_int_equal(right, 1);
	window = json_member_object(o, "window");
	value(w, WINDOW_PCR, hex);
	assert_string_equal(json_member_word(window, "value", 64), hex);
	json_free(o);
}

static void what_comes_is_listed(void **state)
{
	struct world *w = *state;

	configure(w, "# for the verifier\n\njson " JSON "\n  keylime\t" KEYLIME "\n");
	assert_int_equal(world_enroll(w), 0);
	assert_string_equal(w->report.unpublished.text, "");
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	is_in_the_policy(w);
	is_a_path(w);
	/* the next kernel is listed before it runs */
	assert_int_equal(world_install_kernel(w, WORLD_NEW), 0);
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	is_in_the_policy(w);
	is_a_path(w);
	assert_int_equal(world_boot(w, world_entry(WORLD_OLD)), WORLD_OPENED);
	is_a_path(w);
}

static void what_cannot_be_written(void **state)
{
	struct world *w = *state;

	program_install(w);
	configure(w, "keylime " NO_PLACE "\njson " JSON "\n");
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	assert_non_null(strstr(w->output, "REFERENCE VALUES NOT WRITTEN: "));
	assert_non_null(strstr(w->output, NO_PLACE));
	assert_true(world_has(w, JSON));
	configure(w, "xml " JSON "\n");
	run(w, 0, "bootseal reseal");
	assert_non_null(strstr(w->output, REFERENCE_CONFIG_PATH ":1: not 'json PATH'"));
	configure(w, "json srv/values.json\n");
	run(w, 0, "bootseal reseal");
	assert_non_null(strstr(w->output, ":1: not"));
	world_shell(w, "rm ." REFERENCE_CONFIG_PATH " ." JSON);
	run(w, 0, "bootseal reseal");
	assert_null(strstr(w->output, "NOT WRITTEN"));
	assert_false(world_has(w, JSON));
}

/* On the command line: also before anything is enrolled, then without PCR 15. */
static void on_the_command_line(void **state)
{
	struct world *w = *state;
	struct json_object *o;

	program_install(w);
	run(w, 0, "bootseal predict --json >/srv/values.json");
	o = read_json(w, JSON);
	assert_false(json_has(o, "window"));
	json_free(o);
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	run(w, 0,
	    "bootseal predict --json --events >/srv/values.json && bootseal predict --format keylime "
	    ">/srv/policy.json");
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	is_in_the_policy(w);
	is_a_path(w);
	o = read_json(w, JSON);
	assert_true(json_list_len(json_member_list(json_list_at(json_member_list(o, "paths"), 0), "events")) >
		    50);
	json_free(o);
	run(w, 0, "bootseal predict --default --format json >/srv/values.json");
	o = read_json(w, JSON);
	assert_int_equal(json_list_len(json_member_list(o, "paths")), 1);
	json_free(o);
	run(w, 2, "bootseal predict --format xml");
}

#define reference_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		reference_test(what_comes_is_listed),
		reference_test(what_cannot_be_written),
		reference_test(on_the_command_line),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
