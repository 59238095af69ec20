/*
 * A fleet's recovery keys go to a command: the one that it took works, and where it took none nothing
 * changed.
 */
#include "program_steps.h"

#include "machine/recovery.h"
#include "seal/recovery_key.h"

#define ESCROWED "/srv/key"
#define TAKES "--escrow 'read -r k && echo \"$k\" >" ESCROWED "'"
#define FAILS "--escrow 'read -r k; echo no room >&2; exit 3'"

static int setup(void **state)
{
	int r = program_setup(state);
	struct world *w = *state;

	world_shell(w, "mkdir -p srv");
	return r;
}

/* What the command was given opens the volume as the recovery key, and was shown nowhere. */
static void took_the_key(struct world *w)
{
	struct secret typed = SECRET_NONE, key = SECRET_NONE;
	size_t n;
	char *text = world_read(w, ESCROWED, &n);
	int slot;

	assert_int_equal(text[n - 1], '\n');
	text[n - 1] = '\0';
	assert_null(strstr(w->output, text));
	world_secret(text, &typed);
	assert_int_equal(recovery_parse(&typed, NULL, &key), 0);
	assert_int_equal(recovery_test(&w->machine, &key, &w->err, &slot), 0);
	secret_free(&typed);
	secret_free(&key);
	free(text);
}

static void enroll_gives_it_away(void **state)
{
	struct world *w = *state;

	run_says(w, 5, "bootseal enroll --key-file /key " FAILS,
		 "the command of --escrow did not take the recovery key: ");
	assert_non_null(strstr(w->output, "no room"));
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/var/lib/bootseal/state.json"));
	run_says(w, 0, "bootseal enroll --key-file /key " TAKES, "Next boot");
	took_the_key(w);
	assert_int_equal(world_keyslots(w), 3);
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	/* again: a new one, and the old one goes */
	run_says(w, 0, "bootseal enroll --key-file /key " TAKES, "Next boot");
	took_the_key(w);
	assert_int_equal(world_keyslots(w), 3);
	run_says(w, 2, "bootseal enroll --no-recovery-key --key-file /key " TAKES, "--help");
}

static void recovery_key_gives_it_away(void **state)
{
	struct world *w = *state;

	run_says(w, 0, "bootseal recovery-key --key-file /key " TAKES, "keyslot 1");
	took_the_key(w);
	run_says(w, 5, "bootseal recovery-key --replace --key-file /key " FAILS, "no room");
	took_the_key(w);
	assert_int_equal(world_keyslots(w), 2);
	run_says(w, 0, "bootseal recovery-key --replace --key-file /key " TAKES, "keyslot");
	took_the_key(w);
	assert_int_equal(world_keyslots(w), 2);
	run_says(w, 2, "bootseal recovery-key --test " TAKES, "--help");
}

#define escrow_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		escrow_test(enroll_gives_it_away),
		escrow_test(recovery_key_gives_it_away),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
