/* When the TPM does not open any more: the recovery key, and what enrolling again repairs. */
#include "machine/outlook.h"
#include "machine/recovery.h"
#include "seal/recovery_key.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_srk_ensure.h"
#include "seal/volume_keyslot.h"
#include "steps.h"

static struct secret secret_of(const char *text)
{
	struct secret s = SECRET_NONE;

	assert_int_equal(secret_new(strlen(text), &s), 0);
	memcpy(s.bytes, text, s.len);
	return s;
}

static struct volume_ways ways(struct world *w)
{
	struct volume_ways v;
	struct state s;

	ok(state_load(&w->machine, &w->err, &s));
	ok(recovery_ways(&w->machine, s.volume[0].uuid, &w->err, &v));
	return v;
}

static void recovery_key(void **state)
{
	struct secret pass = secret_of(WORLD_PASSPHRASE), wrong = secret_of("wrong"), first, second;
	struct world *w = *state;
	struct remove_report report;
	struct recovery_there there = { .with = 77 };
	int slot;

	assert_int_equal(recovery_new(&first), 0);
	assert_int_equal(recovery_new(&second), 0);
	/* before anything is enrolled */
	assert_int_equal(recovery_check(&w->machine, &wrong, &w->err, &there), -EPERM);
	ok(recovery_check(&w->machine, &pass, &w->err, &there));
	assert_int_equal(there.with, 0);
	assert_int_equal(there.without, 1);
	assert_string_equal(there.device + strlen(there.device) - 4, "vda3");
	assert_int_equal(recovery_test(&w->machine, &first, &w->err, &slot), -ENODATA);
	assert_int_equal(recovery_remove(&w->machine, &pass, &w->err), -ENODATA);
	assert_int_equal(recovery_set(&w->machine, &wrong, &first, &w->err, &slot), -EPERM);
	assert_int_equal(world_keyslots(w), 1);
	ok(recovery_set(&w->machine, &pass, &first, &w->err, &slot));
	assert_int_equal(slot, 1);
	ok(recovery_check(&w->machine, &pass, &w->err, &there));
	assert_int_equal(there.with, 1);
	assert_int_equal(there.without, 0);

	/* beside the TPM's */
	ok(world_enroll(w));
	assert_int_equal(ways(w).passphrase, 1u << 0);
	assert_int_equal(ways(w).recovery, 1u << 1);
	assert_int_equal(ways(w).tpm, 1u << 2);
	boots(w, NULL, WORLD_OPENED);

	/* another one in its place, on the word of the first */
	ok(recovery_set(&w->machine, &first, &second, &w->err, &slot));
	assert_int_equal(world_keyslots(w), 3);
	assert_int_equal(ways(w).recovery, 1u << slot);
	assert_int_equal(recovery_test(&w->machine, &first, &w->err, &slot), -EPERM);
	ok(recovery_test(&w->machine, &second, &w->err, &slot));
	assert_int_equal(recovery_remove(&w->machine, &second, &w->err), -ECANCELED);
	boots(w, NULL, WORLD_OPENED);

	/* it outlives the enrolment */
	ok(world_remove(w, &report));
	ok(recovery_test(&w->machine, &second, &w->err, &slot));
	assert_int_equal(world_keyslots(w), 2);
	ok(recovery_remove(&w->machine, &pass, &w->err));
	assert_int_equal(world_keyslots(w), 1);
	assert_int_equal(recovery_test(&w->machine, &second, &w->err, &slot), -ENODATA);
	assert_true(world_passphrase_works(w));
	secret_free(&pass);
	secret_free(&wrong);
	secret_free(&first);
	secret_free(&second);
}

static struct volume *open_volume(struct world *w)
{
	struct volume *v = NULL;

	ok(volume_open(world_path(w, "/dev/vda3"), &w->err, &v));
	return v;
}

/*
 * Stopped between the new key's token and the end of the old one: both open, and the next replacement ends
 * with one.
 */
static void interrupted_replacement(void **state)
{
	struct secret pass = secret_of(WORLD_PASSPHRASE), first, second, third;
	struct world *w = *state;
	struct volume *v;
	int slot;

	assert_int_equal(recovery_new(&first), 0);
	assert_int_equal(recovery_new(&second), 0);
	assert_int_equal(recovery_new(&third), 0);
	ok(recovery_set(&w->machine, &pass, &first, &w->err, &slot));
	v = open_volume(w);
	ok(volume_keyslot_add(v, &pass, &second, &w->err, &slot));
	ok(volume_named_set(v, RECOVERY_TOKEN_TYPE, 1u << 1 | 1u << slot, &w->err));
	volume_close(v);
	ok(recovery_test(&w->machine, &first, &w->err, &slot));
	ok(recovery_test(&w->machine, &second, &w->err, &slot));
	ok(recovery_set(&w->machine, &pass, &third, &w->err, &slot));
	assert_int_equal(world_keyslots(w), 2);
	assert_int_equal(recovery_test(&w->machine, &first, &w->err, &slot), -EPERM);
	assert_int_equal(recovery_test(&w->machine, &second, &w->err, &slot), -EPERM);
	ok(recovery_test(&w->machine, &third, &w->err, &slot));
	secret_free(&pass);
	secret_free(&first);
	secret_free(&second);
	secret_free(&third);
}

/* A keyslot as a run leaves it that is stopped before the token. */
static struct keyslot_plan dead_keyslot(struct world *w)
{
	struct secret pass = secret_of(WORLD_PASSPHRASE), key;
	struct volume *v = open_volume(w);
	struct keyslot_plan plan;

	assert_int_equal(secret_random(32, &key), 0);
	ok(volume_keyslot_plan(v, &w->err, &plan));
	ok(volume_keyslot_add_planned(v, &pass, &key, &plan, &w->err));
	volume_close(v);
	secret_free(&pass);
	secret_free(&key);
	return plan;
}

static void note_adding(struct world *w, int keyslot, uint32_t iterations)
{
	struct volume *v = open_volume(w);

	world_shell(w,
		    "mkdir -p var/lib/bootseal && echo "
		    "'{\"version\":1,\"adding\":[{\"uuid\":\"%s\",\"keyslot\":%d,\"iterations\":%u}]}' "
		    ">var/lib/bootseal/adding.json",
		    volume_uuid(v), keyslot, iterations);
	volume_close(v);
}

/* It goes at the next run of whichever command; what is not provably ours never does. */
static void interrupted_keyslot(void **state)
{
	struct world *w = *state;
	struct remove_report report;
	struct keyslot_plan plan;

	plan = dead_keyslot(w);
	ok(world_set_recovery_key(w, WORLD_OLD_KEY));
	assert_int_equal(world_keyslots(w), 3); /* nothing says that it is ours */
	note_adding(w, plan.keyslot, plan.iterations == 1001 ? 1002 : 1001);
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 4);
	assert_false(world_has_litter(w));
	world_shell(w, "echo '{' >var/lib/bootseal/adding.json");
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 4);
	note_adding(w, 0, 1000); /* the passphrase's, which the test has made so */
	ok(world_enroll(w));
	assert_true(world_passphrase_works(w));
	note_adding(w, plan.keyslot, plan.iterations);
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 3);
	plan = dead_keyslot(w);
	note_adding(w, plan.keyslot, plan.iterations);
	ok(world_set_recovery_key(w, WORLD_NEW_KEY));
	assert_int_equal(world_keyslots(w), 3);
	plan = dead_keyslot(w);
	note_adding(w, plan.keyslot, plan.iterations);
	ok(world_remove(w, &report));
	assert_int_equal(world_keyslots(w), 2);
	assert_true(world_passphrase_works(w) && world_opens_with(w, WORLD_NEW_KEY));
	assert_false(world_has_litter(w));
}

/* A forged token names the passphrase's keyslot: replacing the key does not cost the passphrase. */
static void forged_token(void **state)
{
	struct secret pass = secret_of(WORLD_PASSPHRASE), key;
	struct world *w = *state;
	struct volume *v = open_volume(w);
	int slot;

	assert_int_equal(recovery_new(&key), 0);
	ok(volume_named_set(v, RECOVERY_TOKEN_TYPE, 1u << 0, &w->err));
	volume_close(v);
	assert_int_equal(recovery_remove(&w->machine, &pass, &w->err), -ECANCELED);
	ok(recovery_set(&w->machine, &pass, &key, &w->err, &slot));
	assert_true(world_passphrase_works(w));
	assert_int_equal(world_keyslots(w), 2);
	secret_free(&pass);
	secret_free(&key);
}

static void outlook_says(struct world *w, const char *text)
{
	struct outlook o = OUTLOOK_NONE;

	w->err = ERROR_NONE;
	assert_int_not_equal(outlook_make(&w->machine, w->swtpm.tcti, &w->err, &o), 0);
	outlook_free(&o);
	err_names(w, text);
	err_names(w, "bootseal enroll");
}

/* Status says what it is, enrolling again repairs it, and nothing is left over. */
static void repaired(struct world *w, const char *console, const char *status)
{
	boots(w, NULL, WORLD_ASKS);
	says(w, console);
	outlook_says(w, status);
	assert_int_not_equal(world_reseal(w), 0);
	assert_true(world_passphrase_works(w));
	ok(world_enroll(w));
	assert_int_equal(world_keyslots(w), 2);
	boots(w, NULL, WORLD_OPENED);
	ok(world_reseal(w));
}

static void tpm_cleared(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	swtpm_end(&w->swtpm);
	world_shell(w, "rm -f %s/tpm2*", w->swtpm.dir);
	swtpm_run(&w->swtpm);
	repaired(w, "the TPM", "no storage key");
}

/* A disk that was moved to another machine, whose TPM has a storage key of its own. */
static void another_tpm(void **state)
{
	struct world *w = *state;
	struct tpm_name name;
	struct tpm *t = NULL;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	swtpm_end(&w->swtpm);
	world_shell(w, "rm -f %s/tpm2*", w->swtpm.dir);
	swtpm_run(&w->swtpm);
	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	ok(tpm_srk_ensure(t, &w->err, &name, NULL));
	tpm_close(t);
	repaired(w, "this TPM is not the enrolled one", "not the enrolled one");
}

static void index_deleted(void **state)
{
	struct world *w = *state;
	struct tpm *t = NULL;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	ok(index_remove(t, INDEX_HANDLE_FIRST, &w->err));
	tpm_close(t);
	repaired(w, "policy index", "was deleted");
}

/* A different index was created in its place. */
static void index_replaced(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "export TPM2TOOLS_TCTI=%s; tpm2_nvundefine -Q -C o 0x%x && "
		    "tpm2_nvdefine -Q -C o -s 34 -a 'ownerwrite|authwrite|ownerread|authread|no_da' 0x%x",
		    w->swtpm.tcti, INDEX_HANDLE_FIRST, INDEX_HANDLE_FIRST);
	repaired(w, "policy index", "is not the enrolled one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(recovery_key),
		world_test(interrupted_replacement),
		world_test(interrupted_keyslot),
		world_test(forged_token),
		world_test(tpm_cleared),
		world_test(another_tpm),
		world_test(index_deleted),
		world_test(index_replaced),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
