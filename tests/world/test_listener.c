/* What somebody learns who only listens on the TPM's bus while bootseal itself is used. */
#include "program.h"
#include "steps.h"

#include "../swtpm/listener.h"

#include "seal/anchor.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_unseal.h"
#include "seal/volume.h"
#include "seal/volume_token.h"

static void listened(struct world *w, const char *command, struct heard *ret)
{
	int code;

	listener_start(ret, &w->swtpm);
	code = program_run(w, NULL, "/usr/lib/bootseal/bootseal %s --tcti swtpm:path=/tpm/proxy", command);
	listener_stop(ret);
	if (code != 0)
		fail_msg("%s: %d: %s", command, code, w->output);
}

/* In a boot that the policy allows, from the TPM directly. */
static void unseal(struct world *w, struct secret *ret)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], composite[SHA256_LEN];
	struct unseal_request q = { .object = NULL };
	struct token *token = calloc(1, sizeof(*token));
	char initrd[PATH_MAX];
	struct volume *volume;
	struct anchor anchor;
	struct tpm *tpm;
	int id;

	world_measure(w, NULL, initrd);
	ok(anchor_read(world_path(w, "/etc/bootseal/anchor"), &w->err, &anchor));
	ok(volume_open(world_path(w, "/dev/vda3"), &w->err, &volume));
	ok(volume_token(volume, &w->err, &id, token));
	volume_close(volume);
	ok(tpm_open(w->swtpm.tcti, &w->err, &tpm));
	ok(tpm_pcrs(tpm, token->mask, &w->err, pcrs));
	ok(policy_composite(token->mask, pcrs, composite));
	q = (struct unseal_request){
		.object = token->object,
		.object_len = token->object_len,
		.srk = anchor.srk,
		.index = anchor.index,
		.index_handle = anchor.index_handle,
		.mask = token->mask,
		.branches = token->generation[0].branch,
		.branch_count = token->generation[0].branch_count,
	};
	q.which = branch_find(q.branches, q.branch_count, composite);
	ok(tpm_unseal(tpm, &q, &w->err, ret));
	tpm_close(tpm);
	free(token);
}

static void test_enrol_and_reseal(void **state)
{
	static const char *const commands[] = { "enroll --key-file /key", "reseal", "status", "check",
						"remove" };
	struct heard h[sizeof(commands) / sizeof(commands[0])];
	struct secret key = SECRET_NONE;
	struct world *w = *state;

	listened(w, commands[0], &h[0]);
	assert_int_equal(h[0].sealed, 1);
	assert_true(h[0].started >= 2); /* for the key and for the index */
	unseal(w, &key);
	assert_int_equal(key.len, 32);
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(program_run(w, NULL, "kernel install " WORLD_NEW " && kernel grub"), 0);
	listened(w, commands[1], &h[1]);
	assert_true(h[1].started >= 1);
	for (size_t i = 2; i < sizeof(h) / sizeof(h[0]); i++)
		listened(w, commands[i], &h[i]);
	for (size_t i = 0; i < sizeof(h) / sizeof(h[0]); i++) {
		listener_learns_nothing(&h[i], key.bytes, key.len);
		listener_learns_nothing(&h[i], WORLD_PASSPHRASE, strlen(WORLD_PASSPHRASE));
		listener_free(&h[i]);
	}
	secret_free(&key);
}

/* The PIN; test_pin_seal.c looks for what is made of it. */
static void test_enrol_with_a_pin(void **state)
{
	static const char pin[] = "48291348291";
	struct world *w = *state;
	struct heard h;

	type_pin(w);
	world_write_text(w, "/pin", pin);
	listened(w, "enroll --key-file /key --pin-file /pin", &h);
	assert_int_equal(h.sealed, 1);
	listener_learns_nothing(&h, pin, strlen(pin));
	listener_learns_nothing(&h, WORLD_PASSPHRASE, strlen(WORLD_PASSPHRASE));
	listener_free(&h);
	w->pin = pin;
	boots(w, NULL, WORLD_OPENED);
	listened(w, "reseal", &h);
	assert_int_equal(h.sealed, 0);
	listener_free(&h);
	/* another object, of which the PIN is no part */
	listened(w, "enroll --key-file /key", &h);
	assert_int_equal(h.sealed, 2); /* the first shows that a key of earlier has no password */
	listener_learns_nothing(&h, pin, strlen(pin));
	listener_free(&h);
}

static int setup(void **state)
{
	world_setup(state);
	program_install(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_enrol_and_reseal, setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_enrol_with_a_pin, setup, world_teardown),
	};

	program_private_mounts();
	return cmocka_run_group_tests_name("listener", tests, world_make_base, world_remove_base);
}
