/*
 * What somebody learns who only listens on the TPM's bus while bootseal-unlock runs: every session is salted
 * to the storage root key and encrypts, and no part of the key goes by. tests/world/test_listener.c listens
 * to bootseal.
 */
#include "esys.h"
#include "listener.h"
#include "unlock_world.h"

#define HEARD_NONE ((struct heard){ .bytes = NULL })

static struct heard heard(struct world *w, const char *command, const char *name, int expected)
{
	struct heard h = HEARD_NONE;
	int code;

	listener_start(&h, &w->f.swtpm);
	code = world_run(w, h.proxy.tcti, command, name);
	listener_stop(&h);
	if (code != expected)
		fail_msg("%s: %d: %s", command, code, w->output);
	return h;
}

/* Two volumes open; how often the TPM was asked for a key. */
static void opens_both(struct world *w, size_t unsealed)
{
	struct heard h = heard(w, "open", NULL, 0);

	assert_int_equal(h.started, 1);
	assert_int_equal(h.unsealed, unsealed);
	listener_learns_nothing(&h, TEST_KEY, strlen(TEST_KEY));
	listener_free(&h);
}

static void set_up_two(struct world *w)
{
	world_setup(w);
	world_add_data(w);
	world_write(w, "crypttab", "root %s/image none luks\ndata %s/data none luks\n", w->dir, w->dir);
}

/* Enrolled together they have one key. */
static void test_open(void **state)
{
	struct world w;

	set_up_two(&w);
	opens_both(&w, 1);
	world_teardown(&w);
}

/* The same key sealed once more is another object: nothing but the TPM knows that it is the same. */
static void test_open_each(void **state)
{
	struct secret key = SECRET_NONE;
	struct buffer object = BUFFER_NONE;
	struct world w;

	set_up_two(&w);
	assert_int_equal(secret_new(strlen(TEST_KEY), &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	fixture_reopen(&w.f);
	check_ok(tpm_seal(w.f.t, &key, &w.f.index, &err, &object));
	tpm_close(w.f.t);
	w.f.t = NULL;
	memcpy(w.token.object, object.data, object.len);
	w.token.object_len = object.len;
	world_write_token(&w);
	opens_both(&w, 2);
	buffer_free(&object);
	secret_free(&key);
	world_teardown(&w);
}

/* Where nothing was unsealed the window closes under a session of its own. */
static void test_other_commands(void **state)
{
	static const char *const commands[] = { "close", "explain", "lock" };
	struct heard h = HEARD_NONE;
	struct world w;

	world_setup(&w);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		h = heard(&w, commands[i], NULL, 0);
		assert_int_equal(h.started, i == 0);
		listener_learns_nothing(&h, TEST_KEY, strlen(TEST_KEY));
		listener_free(&h);
	}
	world_teardown(&w);
}

/* A boot that was not sealed. */
static void test_refused(void **state)
{
	struct heard h = HEARD_NONE;
	struct world w;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, (const uint8_t[SHA256_LEN]){ 1 });
	h = heard(&w, "open", "root", 5);
	assert_int_equal(h.started, 1);
	assert_int_equal(h.unsealed, 0);
	listener_learns_nothing(&h, TEST_KEY, strlen(TEST_KEY));
	listener_free(&h);
	world_teardown(&w);
}

/* Seals and unseals as somebody would who has only read how to use ESYS. */
static void seal_plainly(struct esys *s, ESYS_TR parent, ESYS_TR session)
{
	TPM2B_SENSITIVE_CREATE payload = { .sensitive.data.size = strlen(TEST_KEY) };
	const TPM2B_PUBLIC template = { .publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	} };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	TPM2B_SENSITIVE_DATA *data;
	TPM2B_PRIVATE *private;
	TPM2B_PUBLIC *public;
	ESYS_TR object;

	memcpy(payload.sensitive.data.buffer, TEST_KEY, strlen(TEST_KEY));
	good(Esys_Create(s->e, parent, session, ESYS_TR_NONE, ESYS_TR_NONE, &payload, &template, &no_info,
			 &no_pcrs, &private, &public, NULL, NULL, NULL));
	good(Esys_Load(s->e, parent, PASSWORD, private, public, &object));
	good(Esys_Unseal(s->e, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data));
	good(Esys_FlushContext(s->e, object));
	Esys_Free(data);
	Esys_Free(private);
	Esys_Free(public);
}

static void hear_plainly(const struct fixture *f, bool by_session, struct heard *h)
{
	const TPMT_SYM_DEF aes = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB };
	struct swtpm by_way_of_the_proxy = f->swtpm;
	ESYS_TR session = ESYS_TR_PASSWORD;
	struct esys s;

	listener_start(h, &f->swtpm);
	strcpy(by_way_of_the_proxy.socket, h->proxy.socket);
	esys_open(&by_way_of_the_proxy, &s);
	if (by_session) {
		good(Esys_StartAuthSession(s.e, ESYS_TR_NONE, ESYS_TR_NONE, NONE, NULL, TPM2_SE_HMAC, &aes,
					   TPM2_ALG_SHA256, &session));
		good(Esys_TRSess_SetAttributes(
			s.e, session,
			TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT, 0xff));
	}
	seal_plainly(&s, esys_find(&s, 0x81000001), session);
	if (by_session)
		good(Esys_FlushContext(s.e, session));
	esys_close(&s);
	listener_stop(h);
}

/* The listener hears what there is to hear: these two programs give the key away. */
static void test_listener_is_not_deaf(void **state)
{
	struct heard h = HEARD_NONE;
	struct fixture f = { .t = NULL };

	fixture_setup(&f, 1, 0);
	tpm_close(f.t);
	f.t = NULL;
	hear_plainly(&f, false, &h);
	assert_true(listener_has(&h, TEST_KEY, strlen(TEST_KEY)));
	assert_non_null(strstr(h.flaw, "without encryption"));
	listener_free(&h);
	/* not to be read, but to be computed */
	hear_plainly(&f, true, &h);
	assert_false(listener_has(&h, TEST_KEY, strlen(TEST_KEY)));
	assert_non_null(strstr(h.flaw, "session 1 has the tpmKey 0x40000007"));
	assert_int_equal(h.salt[0].left, 0);
	listener_free(&h);
	fixture_teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_each),
		cmocka_unit_test(test_other_commands),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_listener_is_not_deaf),
	};

	return cmocka_run_group_tests_name("listener", tests, world_make_image, world_remove_image);
}
